"""The plan of a bad day is a value of its seed: whole, in order, with room between the troubles."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.chaos.plan import SPACING_S, WARM_UP_S, Trouble, draw

SEEDS = st.integers(0, 10**9)
MINUTES = st.floats(0.5, 30)


@given(SEEDS, MINUTES)
def test_the_same_seed_gives_the_same_plan(seed: int, minutes: float) -> None:
    assert draw(seed, minutes) == draw(seed, minutes)


def test_another_seed_gives_another_plan() -> None:
    assert draw(1, 3).troubles != draw(2, 3).troubles


@given(SEEDS, MINUTES)
def test_every_kind_occurs_within_the_run(seed: int, minutes: float) -> None:
    troubles = draw(seed, minutes).troubles
    assert {one.trouble for one in troubles} == set(Trouble)
    assert all(WARM_UP_S <= one.at_s <= minutes * 60 for one in troubles)
    assert all(0 <= one.lot < 1 for one in troubles)


@given(SEEDS, MINUTES)
def test_troubles_are_in_order_and_apart(seed: int, minutes: float) -> None:
    troubles = draw(seed, minutes).troubles
    slot_s = (minutes * 60 - WARM_UP_S) / len(troubles)
    assert len(troubles) == len(Trouble) or slot_s >= SPACING_S
    for one, following in pairwise(troubles):
        assert following.at_s - one.at_s >= slot_s / 2 - 0.02


def test_a_run_within_its_warm_up_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        draw(1, WARM_UP_S / 60)
