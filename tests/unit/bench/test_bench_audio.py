"""The rivals that the audio bench implements itself, and how it weighs."""

import numpy as np
import pytest

from acoustics.signals import FRAME, Signal, from_frames, to_frames
from acoustics.trace import FRAME_MS, Trace
from tests.bench.__main__ import ALONE, table
from tests.bench.audio_appendix_i import AppendixI
from tests.bench.audio_jitter import POLICIES
from tests.bench.audio_timing import cost_figures, in_turn, mean_us
from tests.bench.audio_vad import area
from tests.bench.figure import Figure, beside

LATE = 30


def _voiced(frames: int) -> Signal:
    """Pulses of 100 Hz, dull: a period of 80 samples."""
    pulses = (np.arange(frames * FRAME) % 80 == 0) * 8000.0
    return np.convolve(pulses, 0.9 ** np.arange(60))[: frames * FRAME].astype(np.float32)


def _after(lost: set[int], sound: Signal) -> Signal:
    concealer = AppendixI()
    return from_frames(
        concealer.lost() if index in lost else concealer.good(frame)
        for index, frame in enumerate(to_frames(sound))
    )


def test_appendix_i_is_30_samples_late_and_else_transparent() -> None:
    sound = np.rint(_voiced(20))
    out = _after(set(), sound)
    assert np.array_equal(out[LATE:], sound[:-LATE]) and not out[:LATE].any()


def test_appendix_i_goes_on_with_a_steady_voice() -> None:
    sound = _voiced(20)
    out = _after({10}, sound)
    error = out[LATE:] - sound[:-LATE]
    hole = slice(10 * FRAME, 11 * FRAME)
    assert np.sqrt(np.mean(error[hole] ** 2)) < 0.25 * np.sqrt(np.mean(sound[hole] ** 2))
    assert np.abs(error[13 * FRAME :]).max() <= 1


def test_appendix_i_is_silent_from_60_ms_on() -> None:
    out = _after(set(range(10, 16)), _voiced(20))
    assert np.abs(out[12 * FRAME + LATE : 13 * FRAME]).max() > 0
    assert not out[13 * FRAME + LATE : 16 * FRAME].any()


def test_appendix_i_makes_nothing_of_silence() -> None:
    assert not _after({3, 4, 9}, np.zeros(20 * FRAME, np.float32)).any()


@pytest.mark.parametrize("policy", POLICIES)
def test_no_policy_conceals_on_a_steady_network(policy: str) -> None:
    steady = Trace("steady", FRAME_MS * np.arange(1000.0) + 35)
    concealed, delay_ms = POLICIES[policy](steady)
    assert concealed == 0 and 40 <= delay_ms <= 100


def test_the_quantile_sees_rare_stalls_that_the_mean_does_not() -> None:
    delays = np.where(np.arange(6000) % 50 < 5, 100 - 20.0 * (np.arange(6000) % 50), 0.0)
    trace = Trace("stalls", FRAME_MS * np.arange(6000.0) + delays)
    mean, _ = POLICIES["RFC 3550, 40-200 ms"](trace)
    quantile, delay_ms = POLICIES["NetEQ's quantile, 40-200 ms"](trace)
    assert quantile < mean / 2 and 100 <= delay_ms <= 125


@pytest.mark.parametrize(
    ("scores", "expected"), [([0.1, 0.2, 0.8, 0.9], 1.0), ([0.9, 0.8, 0.2, 0.1], 0.0)]
)
def test_the_area_is_one_where_all_speech_scores_higher(
    scores: list[float], expected: float
) -> None:
    truth = np.array([False, False, True, True])
    assert area(np.array(scores), truth) == expected
    assert area(np.zeros(4), truth) == 0.5


def test_candidates_are_timed_in_turn_on_the_same_pieces() -> None:
    order: list[str] = []
    makers = {
        "ours": lambda: lambda piece: order.append(f"a{piece}"),
        "theirs": lambda: lambda piece: order.append(f"b{piece}"),
    }
    found = in_turn(makers, [1, 2], rounds=2)
    assert order == ["a1", "a2", "b1", "b2"] * 2
    figures = list(cost_figures("step", found, 1000))
    assert [one.rival for one in figures] == ["theirs", None]
    assert figures[0].value == mean_us(found["ours"])


def test_each_rival_has_a_line_and_the_figure_stands_once() -> None:
    figure = Figure("audio", "a thing", 3, "us", "lower", 4)
    rows = list(beside(figure, {"one": 5, "two": 6}))
    assert [(row.rival, row.rival_value, row.target) for row in rows] == [
        ("one", 5, 4),
        ("two", 6, 4),
    ]
    assert list(beside(figure, {})) == [figure]
    assert list(table(rows).columns[1].cells) == ["a thing", ""]


def test_every_topic_can_be_measured_alone() -> None:
    from importlib import import_module

    assert len(ALONE) == len(set(ALONE)) >= 8
    for topic in ALONE:
        assert callable(import_module(f"tests.bench.{topic}").measure)
