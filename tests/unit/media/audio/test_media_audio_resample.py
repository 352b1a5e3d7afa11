"""Change of sample rate: every frame at once, bit for bit in any grouping, clean in its band."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.audio.level import rms_dbfs
from media.audio.resample import FoldedUpsampler, Resampler, Samples, to_pcm, to_samples

RATES = (8000, 16_000, 22_050, 24_000)
PAIRS = tuple(permutations(RATES, 2))
FULL_DBFS = -3.01
"""Of a sine of full scale; the tones here are half of it."""


def tone(hz: float, rate: int, ms: int = 400, amplitude: float = 16_384) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(rate * ms // 1000) / rate)).astype("f4")


def whole(signal: Samples, source_hz: int, target_hz: int) -> Samples:
    resampler = Resampler(source_hz, target_hz)
    return np.concatenate((resampler.process(signal), resampler.flush()))


def level_and_rest_db(heard: Samples, hz: float, rate: int) -> tuple[float, float]:
    """The tone's level, and that of everything else, against what was put in."""
    at = np.arange(len(heard)) * 2 * np.pi * hz / rate
    basis = np.stack((np.sin(at), np.cos(at)), axis=1)
    found = np.linalg.lstsq(basis, heard, rcond=None)[0]
    rest = heard - basis @ found
    return tuple(
        float(20 * np.log10(np.sqrt(2 * np.mean(part**2)) / 16_384))
        for part in (basis @ found, rest)
    )


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_every_frame_is_delivered_at_once(source: int, target: int) -> None:
    resampler = Resampler(source, target)
    frame, expected = np.ones(source // 50, dtype=np.float32), target // 50
    first, *others = (len(resampler.process(frame)) for _ in range(20))
    assert expected - first <= 0.005 * target
    assert others == [expected] * 19
    assert first + sum(others) + len(resampler.flush()) == 20 * expected


@pytest.mark.parametrize(("source", "target"), PAIRS)
@settings(max_examples=10)
@given(data=st.data())
def test_any_grouping_gives_the_same_bits(source: int, target: int, data: st.DataObject) -> None:
    noise = np.random.default_rng(1).uniform(-32768, 32767, source // 10).astype(np.float32)
    signal = data.draw(st.sampled_from((noise, tone(1000, source, 100))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(signal)), max_size=8)))
    parts = Resampler(source, target)
    pieces = [parts.process(piece) for piece in np.split(signal, cuts)]
    expected = whole(signal, source, target)
    assert np.array_equal(np.concatenate((*pieces, parts.flush())), expected)
    assert len(expected) == target // 10
    assert np.isfinite(expected).all()


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("hz", [100, 1000, 3400])
def test_the_telephone_band_passes_untouched(source: int, target: int, hz: int) -> None:
    heard = whole(tone(hz, source), source, target)
    level, rest = level_and_rest_db(heard[target // 50 : -target // 50], hz, target)
    assert abs(level) < 0.02
    assert rest < -74


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_output_is_in_time_with_the_input(source: int, target: int) -> None:
    inner = slice(target // 50, -target // 50)
    assert np.abs(whole(tone(1000, source), source, target) - tone(1000, target))[inner].max() < 4


@pytest.mark.parametrize("source", [16_000, 22_050, 24_000])
@pytest.mark.parametrize("hz", [4100, 5000, 7600])
def test_what_8_khz_cannot_hold_is_gone(source: int, hz: int) -> None:
    heard = whole(tone(hz, source), source, 8000)[160:-160]
    assert rms_dbfs(to_pcm(heard)) < FULL_DBFS - 6.02 - 70


def test_at_most_a_tenth_of_a_db_is_lost_at_3500_hz() -> None:
    heard = whole(tone(3500, 16_000), 16_000, 8000)[160:-160]
    assert abs(level_and_rest_db(heard, 3500, 8000)[0]) < 0.11


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_silence_stays_silence_and_flushing_begins_anew(source: int, target: int) -> None:
    resampler = Resampler(source, target)
    resampler.process(tone(440, source))
    resampler.flush()
    silent = np.zeros(source // 10, dtype=np.float32)
    assert not np.concatenate((resampler.process(silent), resampler.flush())).any()


def test_the_same_rate_passes_every_sample() -> None:
    signal = np.arange(-400, 400, dtype=np.float32)
    assert np.array_equal(whole(signal, 8000, 8000), signal)


def test_rates_without_a_small_ratio_are_refused() -> None:
    with pytest.raises(ValueError, match="8001 Hz"):
        Resampler(8001, 8000)


def test_pcm_saturates_and_comes_back() -> None:
    loud = np.array([-40_000, -32_768, -0.4, 0.6, 32_767, 40_000], dtype=np.float32)
    assert to_samples(to_pcm(loud)).tolist() == [-32_768, -32_768, 0, 1, 32_767, 32_767]


def test_the_upper_band_holds_a_faint_mirror_image() -> None:
    upsampler = FoldedUpsampler(fold=0.3)
    signal = tone(1000, 8000, 1000, amplitude=8000)
    pieces = [upsampler.process(piece) for piece in np.split(signal, 50)]
    spectrum = np.abs(np.fft.rfft(np.concatenate(pieces)[4000:12000])) / 4000
    assert spectrum[500] == pytest.approx(8000, rel=0.01)
    assert spectrum[3500] == pytest.approx(2400, rel=0.01)
    spectrum[[500, 3500]] = 0
    assert spectrum.max() < 10
