"""What the twin makes of telephone sound."""

import asyncio

import pytest

from media.simulator.hearing import Heard, understand, understood
from media.simulator.people.speech import recorded


@pytest.mark.parametrize(
    ("name", "phrases", "words"),
    [
        ("slt-yes", (), "yes"),
        ("slt-not-interested", ("Not interested!",), "not interested"),
        ("rms-wrong-number", ("wrong number", "xyzzyq"), "wrong number"),
    ],
)
def test_words_come_out_of_sound(name, phrases, words):
    heard = understood(recorded(name), phrases)
    assert words in heard.text
    assert 0.35 <= heard.confidence <= 1


def test_phrases_are_heard_that_the_sentences_of_such_calls_do_not_know():
    heard = understood(recorded("slt-greeting"), ("voicemail", "leave a message", "pineapple"))
    assert "leave a message" in heard.text and "pineapple" not in heard.text


def test_silence_says_nothing_and_no_sound_asks_nobody():
    assert asyncio.run(understand(b"\xff" * 4000, ("yes",))).text == ""
    assert asyncio.run(understand(b"", ())) == Heard("", 0.0)
