"""A line without noise is left alone, and no other."""

import numpy as np
import pytest

from media.audio.noise.quiet_line import QuietLine

DELAY = 80


class Halves:
    """A reducer that halves what it gets, late."""

    name = "halves"
    delay_samples = DELAY

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._late = bytes(2 * DELAY)
        self.heard = 0

    def reduce(self, frame: bytes) -> bytes:
        self.heard += 1
        sound = self._late + frame
        self._late = sound[320:]
        return (np.frombuffer(sound[:320], "<i2") // 2).astype("<i2").tobytes()


def speech(seconds: float, floor_dbfs: float) -> np.ndarray:
    """Bursts of 300 ms with pauses between, over noise."""
    n = int(8000 * seconds)
    rng = np.random.default_rng(1)
    talks = (np.arange(n) // 2400) % 2 == 1
    noise = rng.normal(0, 32768 * 10 ** (floor_dbfs / 20), n)
    return np.rint(talks * rng.normal(0, 3000, n) + noise).astype("<i2")


def through(line: QuietLine, sound: np.ndarray) -> np.ndarray:
    pcm = sound.tobytes()
    out = b"".join(line.reduce(pcm[at : at + 320]) for at in range(0, len(pcm), 320))
    return np.frombuffer(out, "<i2")


def test_a_clean_line_passes_bit_by_bit_as_late_as_the_reducer() -> None:
    sound = speech(4.0, -70.0)
    heard = through(QuietLine(Halves()), sound)
    assert np.array_equal(heard[DELAY:], sound[:-DELAY])


def test_a_noisy_line_is_reduced_once_its_floor_is_known() -> None:
    sound = speech(4.0, -45.0)
    heard = through(QuietLine(Halves()), sound)
    assert np.array_equal(heard[8000 + DELAY :], sound[8000:-DELAY] // 2)


def test_noise_that_begins_is_found_within_the_window_and_nothing_jumps() -> None:
    sound = np.concatenate((np.zeros(16000, "<i2"), np.full(32000, 1000, "<i2")))
    heard = through(QuietLine(Halves()), sound).astype(int)
    changed = int(np.argmax(heard[16000 + 160 :] < 990))
    assert 1.5 * 8000 < changed < 2.5 * 8000
    assert np.abs(np.diff(heard[16000 + 160 :])).max() <= 5
    assert heard[-1] == 500


def test_the_reducer_rests_on_a_clean_line_and_knows_noise_before_it_is_asked() -> None:
    reducer = Halves()
    line = QuietLine(reducer)
    through(line, np.zeros(32000, "<i2"))
    assert reducer.heard <= 10
    heard = through(line, np.full(32000, 1000, "<i2"))
    assert reducer.heard >= 10 + 200 - 20, "it listens from the second block of noise on"
    assert heard[-1] == 500


@pytest.mark.parametrize("level", [-60.0, -59.0])
def test_between_the_limits_it_stays_as_it_was(level: float) -> None:
    line = QuietLine(Halves())
    quiet = through(line, speech(2.4, -70.0))
    assert quiet.any()
    sound = speech(4.8, level)
    assert np.array_equal(through(line, sound)[DELAY:], sound[:-DELAY])


def test_after_a_reset_the_line_is_new() -> None:
    line = QuietLine(Halves())
    first = through(line, speech(3.0, -45.0))
    line.reset()
    assert np.array_equal(through(line, speech(3.0, -45.0)), first)
