"""Engines that break are replaced, aloud; what they cost is told to within a bucket."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from media.audio.cost import CostHistogram
from media.audio.stage import Stage


def broken() -> str:
    raise OSError("no such library")


def test_an_engine_that_cannot_be_made_is_replaced_with_a_word() -> None:
    said: list[str] = []
    stage: Stage[str] = Stage("echo", [("speex", broken), ("nlms", lambda: "N")], said.append)
    assert (stage.engine, stage.engine_name) == ("N", "nlms")
    assert said == ["echo: speex failed (no such library); nlms takes over"]


def test_an_engine_that_breaks_in_the_call_is_replaced_until_none_is_left() -> None:
    said: list[str] = []
    stage: Stage[str] = Stage("noise", [("a", lambda: "A"), ("b", lambda: "B")], said.append)
    stage.failed(ValueError("x"))
    assert stage.engine == "B"
    stage.failed(ValueError("y"))
    assert (stage.engine, stage.engine_name) == (None, "off")
    assert said[-1] == "noise: b failed (y); nothing takes over"


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_quantile_of_costs_is_true_to_a_bucket(durations: list[int], share: float) -> None:
    costs = CostHistogram()
    for ns in durations:
        costs.add(ns)
    exact = sorted(durations)[ceil(share * len(durations)) - 1]
    assert exact <= costs.quantile_us(share) * 1000 + 1e-3 <= exact * 1.13 + 1
    assert costs.count == len(durations)
