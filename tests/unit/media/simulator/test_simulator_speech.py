"""What the twin itself can say: words, tones and noise."""

from random import Random

import pytest

from media.audio import g711
from media.audio.level import rms_dbfs
from media.audio.tone import tone_hz
from media.engines.tts import choose
from media.engines.tts.port import VoiceFailed
from media.simulator.line import Line
from media.simulator.people import speech
from media.simulator.people.callee import Callee
from media.simulator.people.script import HangUp, Person, Step, When
from media.simulator.playout.playback import FRAME, SILENCE


def test_without_a_voice_a_tone_of_about_the_length_is_heard(monkeypatch):
    def none(name=None):
        raise VoiceFailed("none")

    monkeypatch.setattr(choose, "make", none)
    short, long = (speech.spoken("nobody", text) for text in ("yes", "yes " * 20))
    assert len(long) > 3 * len(short) > 0
    assert tone_hz(g711.decode(long[800 : 800 + FRAME])) == pytest.approx(300, abs=20)


def test_the_beep_is_a_steady_tone():
    beep = speech.tone(400)
    assert len(beep) == 3200
    assert tone_hz(g711.decode(beep[1600 : 1600 + FRAME])) == pytest.approx(1000, abs=10)


def test_noise_has_its_level_and_is_mixed_in():
    hiss = speech.noise(Random(1), -40.0)
    assert rms_dbfs(hiss) == pytest.approx(-40.0, abs=0.5)
    assert rms_dbfs(g711.decode(speech.mixed(SILENCE * 20, hiss))) == pytest.approx(-40, abs=1)


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_touch_tones_have_both_frequencies(digit):
    sound = speech.touch_tone(digit)
    assert len(sound) == (120 + 80) * 8
    assert -16 < rms_dbfs(g711.decode(sound[:960])) < -11


def test_a_recording_that_is_not_there_is_told():
    with pytest.raises(speech.RecordingMissing):
        speech.recorded("nobody-nothing")
    assert len(speech.recorded("slt-hello")) > 1600


def test_a_line_carries_one_frame_each_way_and_tells_the_hang_up():
    ended = []
    person = Person("+12125550123", steps=(Step(When.NOW, HangUp(), 60),))
    line = Line(Callee(person), lambda: ended.append(True))
    for _ in range(4):
        line.beat()
    assert ended == [True] and line.callee.now_ms == 80
