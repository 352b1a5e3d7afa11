"""Processor time of work done frame by frame, candidates in turn so that all have the same luck."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import TypeVar

from media.audio.g711 import FRAME_MS
from tests.bench.figure import Figure, beside, quantile

FRAME_US = FRAME_MS * 1000
REQUIRED_US = 50_000
"""The requirement's limit for a packet."""
REQUIRED_TIMES_REAL_TIME = 5

Costs = list[float]
Piece = TypeVar("Piece")


def costs_us(work: Callable[[Piece], object], pieces: Sequence[Piece]) -> Costs:
    """Processor microseconds of each call of `work`."""
    clock = time.thread_time_ns
    costs: Costs = []
    for piece in pieces:
        began = clock()
        work(piece)
        costs.append((clock() - began) / 1000)
    return costs


def in_turn(
    makers: Mapping[str, Callable[[], Callable[[Piece], object]]],
    pieces: Sequence[Piece],
    rounds: int = 5,
) -> dict[str, list[Costs]]:
    """For each candidate the costs of each round; each round works with a newly made one."""
    found: dict[str, list[Costs]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, make in makers.items():
            found[name].append(costs_us(make(), pieces))
    return found


def mean_us(rounds: list[Costs]) -> float:
    """The median of the rounds' means: what a frame costs, whatever happened in one round."""
    return median(fmean(costs) for costs in rounds)


def quantile_us(rounds: list[Costs], share: float) -> float:
    """The median of the rounds' quantiles."""
    return median(quantile(costs, share) for costs in rounds)


def cost_figures(
    name: str, found: Mapping[str, list[Costs]], target_us: float | None = None
) -> Iterator[Figure]:
    """What a frame costs the first candidate, with the others as rivals, and its p99."""
    ours, *others = found
    figure = Figure("audio", f"{name}, a frame", mean_us(found[ours]), "us", "lower", target_us)
    yield from beside(figure, {other: mean_us(found[other]) for other in others})
    yield Figure("audio", f"{name}, a frame p99", quantile_us(found[ours], 0.99), "us", "lower")
