"""What the NumPy noise reducer owes to its noise tracker, to its windows and to recorded speech."""

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.audio import g711
from media.audio.noise.jump import NoiseJump
from media.audio.noise.spectral import SpectralReducer
from media.audio.noise.tracker import NoiseTracker
from media.audio.noise.window import ANALYSIS, BINS, FRAME, MADE, OVERLAP, SYNTHESIS

Signal = npt.NDArray[np.float64]
RATE = 8000


@pytest.fixture(scope="module")
def talk(speech: dict[str, bytes]) -> Signal:
    """Fifteen seconds of recorded sentences, one after the other."""
    said = np.frombuffer(b"".join(map(g711.decode, speech.values())), "<i2")
    return said[: 15 * RATE].astype(float)


def hiss(seconds: float, rms: float, seed: int = 1) -> Signal:
    return np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * rms


def passed(signal: Signal) -> Signal:
    """Through a new reducer, with its delay taken away."""
    pcm = np.clip(np.round(signal), -32768, 32767).astype("<i2").tobytes() + bytes(2 * FRAME)
    reducer = SpectralReducer()
    made = (reducer.reduce(pcm[at : at + 320]) for at in range(0, len(pcm) - 319, 320))
    return np.frombuffer(b"".join(made), "<i2")[OVERLAP:].astype(float)


def lowered_db(heard: Signal, out: Signal, where: npt.NDArray[np.bool_] | slice) -> float:
    before, after = heard[where], out[: len(heard)][where]
    return float(10 * np.log10(np.mean(before**2) / np.mean(after**2)))


def pauses(talk: Signal) -> npt.NDArray[np.bool_]:
    """Samples of frames that lie 40 dB under the loudest."""
    power = (talk.reshape(-1, FRAME) ** 2).mean(axis=1)
    return np.repeat(power < power.max() / 1e4, FRAME)


def tracked(powers: Iterable[npt.NDArray[np.float64]]) -> NoiseTracker:
    """As the reducer feeds its tracker."""
    tracker, jump = NoiseTracker(), NoiseJump()
    for power in powers:
        louder = jump.feed(float(power.sum()), tracker.noise_total)
        tracker.feed(power.astype(np.float32), louder)
    return tracker


def noise_powers(frames: int, mean: float, seed: int = 1) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).exponential(mean, (frames, BINS)) + 1


def test_windows_of_frames_that_overlap_add_up_to_one() -> None:
    product = ANALYSIS[-MADE:] * SYNTHESIS
    np.testing.assert_allclose(product[:OVERLAP] + product[-OVERLAP:], 1, atol=1e-6)
    np.testing.assert_allclose(product[OVERLAP:-OVERLAP], 1, atol=1e-6)


def test_nothing_clicks_where_the_sound_begins_or_ceases_to_pass_untouched(
    talk: Signal, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = itertools.cycle([1.0, 1.0, 1.0, 0.9999, 0.9999])
    monkeypatch.setattr(SpectralReducer, "_least_gain", lambda _: next(turns))
    heard = talk[: 4 * RATE]
    assert np.max(np.abs(passed(heard)[: len(heard)] - heard)) <= 4


def test_a_word_at_the_very_start_is_not_cut(talk: Signal) -> None:
    loud = int(np.argmax(np.abs(talk[:RATE])))
    heard = talk[loud : loud + RATE]
    out = passed(heard)
    assert np.array_equal(out[: 7 * FRAME], heard[: 7 * FRAME])
    assert lowered_db(heard, out, slice(None)) < 2


def test_speech_in_noise_keeps_its_level_and_its_pauses_become_quieter(talk: Signal) -> None:
    heard = talk + hiss(15, 400)
    out = passed(heard)
    quiet = pauses(talk)
    later = np.arange(len(quiet)) >= 2 * RATE
    assert lowered_db(heard, out, quiet & later) > 8
    assert lowered_db(heard, out, ~quiet & later) < 1


def test_noise_that_rises_under_speech_is_learnt_in_its_pauses(talk: Signal) -> None:
    heard = talk + hiss(15, 400) * (np.arange(len(talk)) >= 5 * RATE)
    quiet = pauses(talk)
    seconds = np.arange(len(quiet)) / RATE
    out = passed(heard)
    assert lowered_db(heard, out, quiet & (seconds > 5) & (seconds < 5.8)) < 3
    assert lowered_db(heard, out, quiet & (seconds > 10)) > 8


def test_noise_is_known_to_2_db_in_a_second() -> None:
    known = tracked(noise_powers(50, 1e6)).power.mean()
    assert abs(10 * np.log10(known / 1e6)) < 2


def test_speech_over_the_noise_does_not_lift_it(talk: Signal) -> None:
    """Five seconds of a voice whose harmonics come and go, 30 dB over the noise."""
    noise = noise_powers(350, 1e4)
    speech = np.zeros((350, BINS))
    speech[100:, 4::8] = 1e7
    speech[100::12] = speech[101::12] = 0
    tracker = tracked(noise + speech)
    assert 10 * np.log10(tracker.power[4::8].mean() / 1e4) < 6


def test_a_jump_of_the_noise_is_learnt_and_one_of_speech_is_not() -> None:
    before, after = noise_powers(100, 1e3), noise_powers(100, 1e6, seed=2)
    learnt = tracked([*before, *after])
    assert abs(10 * np.log10(learnt.power.mean() / 1e6)) < 3
    syllables = after * np.where(np.arange(100) % 10 < 8, 1.0, 1e-2)[:, None]
    assert tracked([*before, *syllables]).power.mean() < 1e5


def test_a_jump_is_steady_and_well_over_the_known_noise() -> None:
    def told(levels: list[float], noise: float) -> bool:
        jump = NoiseJump()
        return True in [jump.feed(level, noise) for level in levels]

    assert told([100.0, 300.0] * 40, noise=10.0)
    assert not told([100.0, 300.0] * 40, noise=30.0)
    assert not told([100.0, 3000.0] * 40, noise=10.0)
    assert not told([100.0, 300.0] * 15, noise=10.0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.binary(min_size=320, max_size=320), min_size=1, max_size=8))
def test_whatever_comes_gives_frames_and_is_forgotten_by_reset(frames: list[bytes]) -> None:
    reducer, new = SpectralReducer(), SpectralReducer()
    assert all(len(reducer.reduce(frame)) == 320 for frame in frames)
    reducer.reset()
    after = [np.full(FRAME, 1000 * n, "<i2").tobytes() for n in range(10)]
    assert [reducer.reduce(frame) for frame in after] == [new.reduce(frame) for frame in after]
