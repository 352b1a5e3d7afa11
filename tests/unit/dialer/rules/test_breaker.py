"""The circuit breaker under any history of results, coolings and probes."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.breaker import DEFAULT, Breaker, Circuit, cooled, noted

steps = st.lists(st.sampled_from([True, False, None]), max_size=120)
"""True and False are results of calls, None is a cooldown that ended."""


@given(steps)
def test_any_history_keeps_the_rules(history: list[bool | None]) -> None:
    breaker = Breaker()
    for step in history:
        before = breaker
        breaker = cooled(breaker) if step is None else noted(breaker, step)
        assert len(breaker.recent) <= DEFAULT.window
        assert 0 <= breaker.probes < DEFAULT.probes
        assert breaker.cooldown <= DEFAULT.longest_cooldown
        moved = (before.circuit, breaker.circuit)
        if moved == (Circuit.CLOSED, Circuit.OPEN):
            recent = (*before.recent, step)[-DEFAULT.window :]
            assert step is False and recent.count(False) >= max(8, len(recent) / 2)
        if moved == (Circuit.HALF_OPEN, Circuit.OPEN):
            assert step is False
        if moved == (Circuit.HALF_OPEN, Circuit.CLOSED):
            assert step is True and before.probes == DEFAULT.probes - 1
        if moved == (Circuit.OPEN, Circuit.HALF_OPEN):
            assert step is None
        assert moved != (Circuit.OPEN, Circuit.CLOSED)
        if breaker.circuit is Circuit.CLOSED:
            failures = breaker.recent.count(False)
            assert failures < 8 or failures < len(breaker.recent) / 2


@given(st.lists(st.booleans(), max_size=200).filter(lambda results: results.count(False) < 8))
def test_a_few_failures_never_open_it(results: list[bool]) -> None:
    breaker = Breaker()
    for ok in results:
        breaker = noted(breaker, ok)
    assert breaker.circuit is Circuit.CLOSED


def test_many_failures_that_are_less_than_half_do_not_open_it() -> None:
    breaker = Breaker()
    for ok in [True, True, True, False, False] * 12:
        breaker = noted(breaker, ok)
    assert (breaker.circuit, breaker.recent.count(False)) == (Circuit.CLOSED, 8)


def test_eight_failures_at_once_open_it() -> None:
    breaker = Breaker()
    for _ in range(7):
        breaker = noted(breaker, False)
    assert breaker.circuit is Circuit.CLOSED
    breaker = noted(breaker, False)
    assert (breaker.circuit, breaker.cooldown) == (Circuit.OPEN, timedelta(minutes=5))


def test_each_failed_probe_doubles_the_cooldown_up_to_an_hour() -> None:
    breaker = Breaker(Circuit.OPEN, cooldown=timedelta(minutes=5))
    minutes = []
    for _ in range(6):
        breaker = noted(cooled(breaker), False)
        minutes.append(breaker.cooldown // timedelta(minutes=1))
    assert minutes == [10, 20, 40, 60, 60, 60]


def test_three_good_probes_in_a_row_close_it_and_forget() -> None:
    breaker = cooled(Breaker(Circuit.OPEN, cooldown=timedelta(hours=1)))
    for _ in range(3):
        assert breaker.circuit is Circuit.HALF_OPEN
        breaker = noted(breaker, True)
    assert breaker == Breaker()


def test_a_call_placed_before_it_opened_changes_nothing() -> None:
    breaker = Breaker(Circuit.OPEN, cooldown=timedelta(minutes=5))
    assert noted(breaker, True) == noted(breaker, False) == breaker
