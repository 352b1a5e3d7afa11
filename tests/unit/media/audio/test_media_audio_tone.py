"""Beeps on synthetic signals and recorded speech."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.audio.level import FULL_SCALE
from media.audio.resample import to_pcm
from media.audio.tone import BeepDetector

FRAME = 320


def tone(hz: float, ms: int, rate: int = 8000, amplitude: float = 8000) -> npt.NDArray[np.float32]:
    at = np.arange(rate * ms // 1000) / rate
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def over_the_line(samples: npt.NDArray[np.float32]) -> list[bytes]:
    pcm = g711.decode(g711.encode(to_pcm(samples)))
    return [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME + 1, FRAME)]


def beeps(frames: list[bytes]) -> int:
    """In how many of the frames a beep is found."""
    detector = BeepDetector()
    return sum(detector.feed(frame) for frame in frames)


def noise(dbfs: float, ms: int, seed: int = 1) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    deviation = FULL_SCALE * 10 ** (dbfs / 20)
    return rng.normal(0, deviation, 8 * ms).astype(np.float32)


@given(st.floats(410, 1980), st.integers(200, 1500))
def test_a_beep_is_found_after_180_ms(hz: float, ms: int) -> None:
    detector = BeepDetector()
    heard = [detector.feed(frame) for frame in over_the_line(tone(hz, ms))]
    assert heard.index(True) == 8
    assert all(heard[8:])


@pytest.mark.parametrize("hz", [200.0, 300.0, 2300.0])
def test_a_tone_outside_of_the_band_is_no_beep(hz: float) -> None:
    assert not beeps(over_the_line(tone(hz, 600)))


def test_dtmf_noise_and_a_short_blip_are_no_beeps() -> None:
    signals = (tone(770, 500) + tone(1336, 500), noise(-20, 500), tone(1000, 160), noise(-60, 100))
    frames = [frame for signal in signals for frame in over_the_line(signal)]
    assert not beeps(frames)


def test_speech_is_no_beep(speech: dict[str, bytes]) -> None:
    for recording in speech.values():
        pcm = g711.decode(recording)
        frames = [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME, FRAME)]
        assert not beeps(frames)
