"""What concealment is made of: pitch and glide, the ringing of the tract, the noise of the line."""

import numpy as np
import pytest

from media.audio.concealment.background import Background, NoiseFloor
from media.audio.concealment.lag import LONGEST, SHORTEST, pitch_of
from media.audio.concealment.port import FRAME, HISTORY, Samples
from media.audio.concealment.ringing import LENGTH, MEMORY, ringing


def periodic(lag: float, growth: float = 0.0) -> Samples:
    """Six harmonics whose lag is about `lag` at the end and grows by `growth` a sample."""
    n = np.arange(HISTORY) - HISTORY + 1.0
    turns = n / lag - growth * (n**2 / 2 + lag * n / 2) / lag**2
    waves = (np.cos(2 * np.pi * k * turns) / k for k in range(1, 7))
    return np.asarray(3000 * sum(waves)).astype(np.float32)


@pytest.mark.parametrize("lag", [36.4, 47.0, 61.3, 80.5, 99.8, 128.6])
def test_the_lag_is_found_between_the_samples(lag: float) -> None:
    found = pitch_of(periodic(lag))
    assert found.lag == pytest.approx(lag, abs=0.1)
    assert abs(found.glide) < 0.002


@pytest.mark.parametrize("growth", [-0.03, -0.015, 0.015, 0.03])
def test_the_glide_is_found(growth: float) -> None:
    """Of which 0.7 goes on: voices turn."""
    assert pitch_of(periodic(70.0, growth)).glide == pytest.approx(0.7 * growth, abs=0.006)


def test_noise_has_no_glide_and_a_lag_in_range() -> None:
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(0, 1000, HISTORY).astype(np.float32)
        found = pitch_of(noise)
        assert SHORTEST - 0.5 <= found.lag <= LONGEST + 0.5 and found.glide == 0.0


def test_silence_has_some_pitch_too() -> None:
    found = pitch_of(np.zeros(HISTORY, np.float32))
    assert SHORTEST - 0.5 <= found.lag <= LONGEST + 0.5 and found.glide == 0.0


def test_a_resonance_rings_at_its_own_frequency() -> None:
    """Two poles at 500 Hz, 0.95 from the origin, driven by noise and then left alone."""
    radius, angle = 0.95, 2 * np.pi * 500 / 8000
    first, second = 2 * radius * np.cos(angle), -(radius**2)
    rng = np.random.default_rng(4)
    wave = [0.0, 0.0]
    for kick in rng.normal(0, 300, HISTORY):
        wave.append(first * wave[-1] + second * wave[-2] + kick)
    history = np.array(wave[-HISTORY:], np.float32)
    true = wave[-2:]
    for _ in range(LENGTH):
        true.append(first * true[-1] + second * true[-2])
    made = ringing(history, history[-MEMORY:])
    assert made[:6] == pytest.approx(np.array(true[2:8]), abs=0.25 * np.abs(true).max())
    assert abs(made[-1]) < 0.05 * np.abs(true).max(), "faded out at its end"


def test_where_nothing_was_wrong_nothing_rings() -> None:
    history = np.random.default_rng(5).normal(0, 1000, HISTORY).astype(np.float32)
    assert not ringing(history, np.zeros(MEMORY, np.float32)).any()
    assert not ringing(np.zeros(HISTORY, np.float32), np.zeros(MEMORY, np.float32)).any()


def noise_frame(level: float, seed: int = 0) -> bytes:
    return np.rint(np.random.default_rng(seed).normal(0, level, FRAME)).astype("<i2").tobytes()


class TestNoiseFloor:
    def test_the_quietest_frame_is_the_background(self) -> None:
        floor = NoiseFloor()
        for level in [2000] * 30 + [40] + [2000] * 30:
            floor.hear(noise_frame(level))
        expected = np.frombuffer(noise_frame(40), "<i2")
        assert np.array_equal(floor.background(), expected)

    def test_in_the_first_second_nothing_is_known(self) -> None:
        floor = NoiseFloor()
        for _ in range(49):
            floor.hear(noise_frame(40))
        assert not floor.background().any()
        floor.hear(noise_frame(40))
        assert floor.background().any()

    def test_a_noise_that_grew_is_believed_within_seconds(self) -> None:
        floor = NoiseFloor()
        for level in [40] * 60 + [160] * 150:
            floor.hear(noise_frame(level))
        assert np.sqrt(np.mean(floor.background() ** 2)) == pytest.approx(160, rel=0.15)

    def test_what_is_always_loud_is_no_background(self) -> None:
        """It is let through at -36 dBFS."""
        floor = NoiseFloor()
        for seed in range(100):
            floor.hear(noise_frame(8000, seed))
        assert np.sqrt(np.mean(floor.background() ** 2)) == pytest.approx(512, rel=0.01)


def test_the_background_has_the_level_of_its_frame_and_no_seams() -> None:
    frame = np.frombuffer(noise_frame(100), "<i2").astype(np.float32)
    background = Background(frame)
    whole = np.concatenate([background.take(at, FRAME) for at in range(0, 16 * FRAME, FRAME)])
    level = np.sqrt(np.mean(frame**2))
    assert np.sqrt(np.mean(whole**2)) == pytest.approx(level, rel=0.1)
    halves = np.concatenate([background.take(at, 80) for at in range(0, 16 * FRAME, 80)])
    assert np.allclose(whole, halves, atol=0.01)
