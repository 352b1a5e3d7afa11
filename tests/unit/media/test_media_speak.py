"""Clauses, the voice's thread, the cache and the second voice."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.engines.scripted import ScriptedVoice
from media.engines.tts.port import VoiceFailed
from media.phrases import PhraseCache
from media.speak import Speaker, clauses


@given(st.text(alphabet="ab ,.;:3", max_size=200))
def test_clauses_say_the_sentence_and_nothing_else(sentence: str) -> None:
    assert " ".join(clauses(sentence)).split() == sentence.split()


def test_long_sentences_are_cut_at_commas_and_short_ones_are_not() -> None:
    assert clauses("Great, thank you.") == ("Great, thank you.",)
    assert clauses("We could come to see the house on Monday, or is Tuesday morning better?") == (
        "We could come to see the house on Monday,",
        "or is Tuesday morning better?",
    )


def render(speaker: Speaker, text: str) -> bytes:
    async def collect() -> bytes:
        return b"".join([piece async for piece in speaker.render(text)])

    try:
        return asyncio.run(collect())
    finally:
        speaker.close()


def test_a_phrase_is_made_once_and_paid_once() -> None:
    cache, voice = PhraseCache(None), ScriptedVoice()
    first = Speaker(voice, cache)
    sound = render(first, "Hello.")
    again = Speaker(voice, cache)
    assert render(again, "Hello.") == sound
    assert sound == g711.encode(b"".join(ScriptedVoice().synthesize("Hello.")))
    assert (first.characters, again.characters, voice.spoken) == (6, 0, ["Hello."])


def test_what_one_voice_cannot_say_the_other_says() -> None:
    first, second = ScriptedVoice(fails=["Hello."]), ScriptedVoice("scripted:other")
    assert render(Speaker(first, PhraseCache(None), second), "Hello.")
    assert second.spoken == ["Hello."]


@pytest.mark.parametrize("failure", [VoiceFailed("no"), ZeroDivisionError()])
def test_any_failure_of_an_engine_is_a_failed_voice(failure: Exception) -> None:
    class Broken(ScriptedVoice):
        def synthesize(self, text: str):  # type: ignore[no-untyped-def] # raises, never yields
            raise failure

    cache = PhraseCache(None)
    with pytest.raises(VoiceFailed):
        render(Speaker(Broken(), cache), "Hello.")
    assert cache.get("Hello.", "scripted:tone") is None


def test_half_a_phrase_is_not_kept() -> None:
    cache = PhraseCache(None)
    speaker = Speaker(ScriptedVoice(), cache)

    async def leave_early() -> None:
        pieces = speaker.render("A long sentence that takes a while to say")
        await anext(pieces)
        await pieces.aclose()

    asyncio.run(leave_early())
    speaker.close()
    assert cache.get("A long sentence that takes a while to say", "scripted:tone") is None
