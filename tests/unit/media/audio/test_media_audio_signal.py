"""Voice activity and beeps on synthetic signals."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.audio.level import FULL_SCALE
from media.audio.resample import to_pcm
from media.audio.tone import BeepDetector
from media.audio.vad import NoiseFloor, SpeechDetector

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


def test_silence_and_line_noise_are_not_speech() -> None:
    detector = SpeechDetector()
    frames = [bytes(FRAME)] * 50 + over_the_line(noise(-55, 3000)) + over_the_line(noise(-35, 6000))
    heard = [detector.is_speech(frame) for frame in frames]
    assert not any(heard[:200])
    assert not any(heard[-150:])


def test_a_recorded_sentence_is_speech_and_its_surroundings_are_not(
    speech: dict[str, bytes],
) -> None:
    pcm = g711.decode(speech["yes_i_have_a_minute.slt"])
    quiet = to_pcm(noise(-60, 1000))
    whole = quiet + pcm + quiet
    detector = SpeechDetector()
    heard = [detector.is_speech(whole[i : i + FRAME]) for i in range(0, len(whole) - FRAME, FRAME)]
    middle = heard[50 : 50 + len(pcm) // FRAME]
    assert sum(middle) > 0.5 * len(middle)
    assert not any(heard[:45])
    assert not any(heard[-25:])


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="320"):
        SpeechDetector().is_speech(bytes(160))


@given(st.lists(st.floats(-96, 0), min_size=1, max_size=300))
def test_the_floor_is_never_above_the_smoothed_level(levels: list[float]) -> None:
    floor = NoiseFloor()
    for number, level in enumerate(levels, start=1):
        recent = levels[max(0, number - 3) : number]
        assert floor.feed(level) <= sum(recent) / len(recent) + 1e-9


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
