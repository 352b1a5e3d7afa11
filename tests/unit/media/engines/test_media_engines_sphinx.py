"""The offline recogniser on recorded telephone speech."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from media.audio import g711
from media.engines.stt.port import Recognition
from media.engines.stt.sphinx import Models, SphinxRecognizer
from media.engines.tts import flite

SENTENCES = Path(__file__).parents[3] / "data" / "speech" / "lead_sentences.txt"
OPT_OUTS = {
    "please_stop_calling_me.slt": "stop calling",
    "take_my_name_off_your_list_please.rms": "off your list",
    "i_want_you_to_remove_me_from_your_list.slt": "from your list",
    "do_not_call_this_number_ever_again.rms": "do not call",
    "you_have_the_wrong_number.slt": "wrong number",
}
STRANGE = ("the_quarterly_earnings", "did_you_watch_the_football")
LONG_FORMS = {
    "i'm": "i am",
    "we're": "we are",
    "it's": "it is",
    "that's": "that is",
    "don't": "do not",
    "let's": "let us",
}


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def recognise(models: Models, pcm: bytes) -> Recognition:
    recognizer = SphinxRecognizer(models)
    recognizer.start()
    for at in range(0, len(pcm), 320):
        recognizer.accept(pcm[at : at + 320])
    return recognizer.finish().result()


@pytest.fixture(scope="module")
def heard(models: Models, speech: dict[str, bytes]) -> dict[str, Recognition]:
    """Every recording as recognised."""
    return {name: recognise(models, g711.decode(ulaw)) for name, ulaw in speech.items()}


def words(text: str) -> list[str]:
    return " ".join(LONG_FORMS.get(word, word) for word in text.split()).split()


def edits(reference: list[str], heard: list[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(reference, start=1):
        diagonal, row[0] = row[0], number
        for at, other in enumerate(heard, start=1):
            best = min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
            diagonal, row[at] = row[at], best
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    split = [(words(reference), words(heard)) for reference, heard in pairs]
    return sum(edits(*pair) for pair in split) / sum(len(reference) for reference, _ in split)


def test_recorded_sentences_are_understood(heard: dict[str, Recognition]) -> None:
    pairs = [
        (name.split(".")[0].replace("_", " "), recognition.text)
        for name, recognition in heard.items()
        if not name.startswith(STRANGE)
    ]
    assert len(pairs) >= 12
    assert word_error_rate(pairs) < 0.15


@pytest.mark.skipif(not flite.installed("rms"), reason="Flite is not installed to speak them")
def test_sentences_that_no_template_holds_are_understood(models: Models) -> None:
    voices = [flite.voice("slt"), flite.voice("rms")]
    pairs = []
    for number, sentence in enumerate(SENTENCES.read_text().splitlines()):
        pcm = b"".join(voices[number % 2].synthesize(sentence))
        heard = recognise(models, g711.decode(g711.encode(bytes(3200) + pcm + bytes(3200))))
        pairs.append((sentence, heard.text))
    assert len(pairs) >= 60
    assert word_error_rate(pairs) < 0.15


@pytest.mark.parametrize(("name", "phrase"), OPT_OUTS.items())
def test_opt_outs_are_always_heard(heard: dict[str, Recognition], name: str, phrase: str) -> None:
    assert phrase in heard[name].keyphrases


def test_other_sentences_hold_no_keyphrase(heard: dict[str, Recognition]) -> None:
    for name in heard.keys() - OPT_OUTS.keys():
        assert heard[name].keyphrases == (), name


def test_speech_from_outside_of_the_domain_gets_little_confidence(
    heard: dict[str, Recognition],
) -> None:
    scores: dict[bool, list[float]] = {True: [], False: []}
    for name, recognition in heard.items():
        scores[name.startswith(STRANGE)].append(recognition.confidence)
    assert max(scores[True]) < 0.5
    assert sorted(scores[False])[len(scores[False]) // 2] > 0.7


def test_partial_words_come_before_the_end(models: Models, speech: dict[str, bytes]) -> None:
    recognizer = SphinxRecognizer(models)
    recognizer.start()
    assert recognizer.partial() == ""
    recognizer.accept(g711.decode(speech["please_leave_a_message_after_the_tone.slt"])[:28_000])
    assert "message" in recognizer.partial()


def test_silence_is_no_words(models: Models) -> None:
    assert recognise(models, bytes(16_000)) == Recognition("", 0.0, ())


def test_an_utterance_must_be_started(models: Models) -> None:
    recognizer = SphinxRecognizer(models)
    with pytest.raises(RuntimeError):
        recognizer.accept(bytes(320))
    with pytest.raises(RuntimeError):
        recognizer.finish()


def test_an_abandoned_utterance_is_dropped(models: Models, speech: dict[str, bytes]) -> None:
    SphinxRecognizer(models).start()
    pcm = g711.decode(speech["the_second_one_is_better.rms"])
    assert "second" in recognise(models, pcm).text


def test_a_new_call_hears_as_the_first_one_did(models: Models, speech: dict[str, bytes]) -> None:
    pcm = g711.decode(speech["tuesday_at_ten_works_for_me.slt"])
    first = recognise(models, pcm)
    recognise(models, g711.decode(speech["the_second_one_is_better.rms"]))
    assert recognise(models, pcm) == first
