"""Time stretching: shorter or longer by whole periods, and nobody hears where."""

import numpy as np
import pytest

from media.audio.jitter.timestretch import Stretched, lengthen, shorten

RATE = 8000


def sine(hz: float, samples: int, at: int = 0, amplitude: float = 8000.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * (np.arange(samples) + at) / RATE)


def pcm(samples: np.ndarray) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def joined(sound: np.ndarray, made: Stretched) -> np.ndarray:
    """The frame before, the stretched one and the one after it."""
    whole = pcm(sound)
    after = 320 + 2 * made.used
    return np.frombuffer(whole[:320] + made.pcm + whole[after : after + 320], "<i2").astype(float)


def vowel(samples: int, pitch_hz: float) -> np.ndarray:
    time = np.arange(samples) / RATE
    return sum(
        2500 / (1 + abs(k - 4)) * np.sin(2 * np.pi * k * pitch_hz * time) for k in range(1, 12)
    )


@pytest.mark.parametrize("hz", [100.0, 133.0, 211.0, 400.0, 1013.0])
@pytest.mark.parametrize("stretch", [shorten, lengthen])
def test_a_sine_goes_on_without_a_jump(hz: float, stretch) -> None:
    """No step is larger than the sine's own, nor does the second difference show a kink."""
    sound = sine(hz, 1200)
    made = stretch(pcm(sound[:160]), pcm(sound[160:]), 120, 0.85)
    assert made is not None and made.used != 160
    across = joined(sound, made)
    slope = 8000 * 2 * np.pi * hz / RATE
    assert np.abs(np.diff(across)).max() <= 1.05 * slope + 2
    assert np.abs(np.diff(across, 2)).max() <= 1.3 * slope**2 / 8000 + 6


@pytest.mark.parametrize("stretch", [shorten, lengthen])
@pytest.mark.parametrize("pitch_hz", [80.0, 125.0, 200.0])
def test_a_vowel_keeps_its_pitch_and_its_timbre(pitch_hz: float, stretch) -> None:
    sound = vowel(1200, pitch_hz)
    made = stretch(pcm(sound[:160]), pcm(sound[160:]), 120, 0.85)
    assert made is not None
    period = RATE / pitch_hz
    shift = abs(made.used - 160) / period
    assert abs(shift - round(shift)) < 0.02, "not a whole number of periods"
    got = np.frombuffer(made.pcm, "<i2").astype(float)
    error = got - sound[160:320]
    assert 10 * np.log10(np.dot(got, got) / np.dot(error, error)) > 20, "no vowel any more"


@pytest.mark.parametrize("stretch", [shorten, lengthen])
def test_sound_that_does_not_repeat_is_left_alone_unless_forced(stretch) -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 1200)
    assert stretch(pcm(noise[:160]), pcm(noise[160:]), 120, 0.85) is None
    assert stretch(pcm(noise[:160]), pcm(noise[160:]), 120, -1.0) is not None


def test_a_pause_may_be_cut_by_a_whole_frame_and_keeps_its_level() -> None:
    rng = np.random.default_rng(4)
    power = []
    for _ in range(50):
        hush = rng.normal(0, 40, 800)
        made = shorten(pcm(hush[:160]), pcm(hush[160:]), 400, 0.99)
        assert made is not None and made.used == 320
        power.append(np.mean(np.frombuffer(made.pcm, "<i2").astype(float) ** 2))
    assert 0.9 < np.mean(power) / 1600 < 1.1


@pytest.mark.parametrize("most", [0, 39, 40, 77, 120, 500])
def test_no_more_is_left_out_or_put_in_than_allowed(most: int) -> None:
    for sound in (vowel(1200, 100.0), np.zeros(1200)):
        shorter = shorten(pcm(sound[:160]), pcm(sound[160:]), most, -1.0)
        longer = lengthen(pcm(sound[:160]), pcm(sound[160:]), most, -1.0)
        assert (shorter is None) == (longer is None) == (most < 40)
        if shorter and longer:
            assert 40 <= shorter.used - 160 <= most
            assert 40 <= 160 - longer.used <= most


@pytest.mark.parametrize("coming", range(80, 160, 7))
def test_half_a_frame_is_made_a_whole_one(coming: int) -> None:
    sound = vowel(320, 125.0)
    made = lengthen(pcm(sound[:160]), pcm(sound[160 : 160 + coming]), 160, -1.0)
    assert made is not None
    assert len(made.pcm) == 320 and made.used <= coming


def test_in_haste_the_longest_alike_lag_is_taken() -> None:
    """A pitch of 200 Hz fits once, twice and three times."""
    sound = vowel(1200, 200.0)
    calm = shorten(pcm(sound[:160]), pcm(sound[160:]), 120, 0.85)
    hasty = shorten(pcm(sound[:160]), pcm(sound[160:]), 120, 0.85, hasty=True)
    assert calm is not None and hasty is not None
    assert hasty.used == 160 + 120 >= calm.used


@pytest.mark.parametrize("stretch", [shorten, lengthen])
def test_the_largest_samples_do_not_wrap(stretch) -> None:
    """Waves unlike each other are joined with more than unit gain: full scale stays full scale."""
    signs = np.random.default_rng(8).choice([-1, 1], 400).repeat(3)
    sound = np.where(signs > 0, 32767, -32768)
    made = stretch(pcm(sound[:160]), pcm(sound[160:]), 120, -1.0)
    assert made is not None
    got = np.sign(np.frombuffer(made.pcm, "<i2")[:80].astype(int))
    here, there = signs[160:240], signs[made.used : made.used + 80]
    assert np.array_equal(got[here == there], here[here == there])
