"""Levels in dBFS, gain and the limiter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio.gain import TARGET_DBFS, Amplifier, amplify, gain_for
from media.audio.level import FULL_SCALE, SILENT_DBFS, active_dbfs, peak_dbfs, rms_dbfs
from media.audio.resample import Samples, to_pcm

CEILING = 0.9 * FULL_SCALE
"""Where the limiter holds peaks."""


def tone(hz: float, ms: int, amplitude: float = 8000) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(8 * ms) / 8000)).astype(np.float32)


def test_levels_of_a_sine() -> None:
    pcm = to_pcm(tone(1000, 1000, amplitude=FULL_SCALE / 2))
    assert rms_dbfs(pcm) == pytest.approx(-9.03, abs=0.02)
    assert peak_dbfs(pcm) == pytest.approx(-6.02, abs=0.02)


def test_full_scale_is_zero_and_nothing_is_silent() -> None:
    square = np.tile([-32_768], 160).astype("<i2").tobytes()
    assert rms_dbfs(square) == peak_dbfs(square) == 0.0
    assert rms_dbfs(b"") == peak_dbfs(b"") == rms_dbfs(bytes(320)) == SILENT_DBFS


@given(st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=320))
def test_the_level_is_that_of_the_definition_however_soft(samples: list[int]) -> None:
    power = np.mean(np.square(samples, dtype=float)) / FULL_SCALE**2
    expected = max(SILENT_DBFS, 10 * np.log10(power)) if power else SILENT_DBFS
    assert rms_dbfs(np.array(samples, dtype="<i2").tobytes()) == pytest.approx(expected, abs=0.001)


def test_pauses_do_not_lower_the_active_level() -> None:
    speech = to_pcm(tone(400, 1000))
    paused = speech + bytes(len(speech)) + speech
    assert active_dbfs(paused, 8000) == pytest.approx(rms_dbfs(speech), abs=0.1)


@given(st.floats(-90, 0), st.floats(-30, -10))
def test_gain_reaches_the_target_or_its_bound(level: float, target: float) -> None:
    reached = level + 20 * np.log10(gain_for(level, target))
    assert reached == pytest.approx(target) or abs(reached - level) == pytest.approx(30)
    assert gain_for(TARGET_DBFS) == 1.0


@given(st.integers(0, 99), st.floats(0.1, 30.0), st.integers(0, 1000))
def test_nothing_clips_and_as_much_comes_out_as_went_in(seed: int, gain: float, size: int) -> None:
    rng = np.random.default_rng(seed)
    bursts = rng.normal(0, 9000, size) * (rng.random(size) < 0.3)
    loud = amplify(bursts.astype(np.float32), gain)
    assert len(loud) == size
    assert np.abs(loud).max(initial=0) <= CEILING + 0.01
    assert np.all(loud * bursts >= 0)


@given(data=st.data())
def test_amplified_in_pieces_is_amplified_whole(data: st.DataObject) -> None:
    signal = tone(300, 80) * np.linspace(0, 4, 640, dtype=np.float32)
    cuts = sorted(data.draw(st.lists(st.integers(0, 640), max_size=8)))
    parts = Amplifier(2.0)
    pieces = [parts.process(piece) for piece in np.split(signal, cuts)]
    assert np.array_equal(np.concatenate((*pieces, parts.flush())), amplify(signal, 2.0))


def test_below_the_ceiling_the_gain_is_all_that_happens() -> None:
    signal = tone(300, 200)
    assert np.array_equal(amplify(signal, 3.0), signal * np.float32(3.0))


def test_at_most_5_ms_are_withheld() -> None:
    assert len(Amplifier(1.0).process(tone(300, 100))) == 8 * 95


def test_a_peak_is_turned_down_with_its_surroundings_not_bent() -> None:
    """A voice 6 dB too loud keeps its wave: memoryless clipping leaves harmonics at -20 dB."""
    heard = amplify(tone(1000, 400, amplitude=16_384), 4.0)[800:-800]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    peak = int(spectrum.argmax())
    spectrum[peak - 8 : peak + 9], at_peak = 0, spectrum[peak]
    assert spectrum.max() < at_peak * 10 ** (-50 / 20)
