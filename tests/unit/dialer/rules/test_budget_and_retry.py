"""Money in exact units, and what becomes of a lead after each disposition."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dialer.call import Disposition
from dialer.rules.budget import Rates, micros, time_limit, usd
from dialer.rules.retry import next_step

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)


@given(st.integers(0, 4000), st.integers(1, 100_000))
def test_started_minutes_are_charged(seconds: int, per_minute: int) -> None:
    cost = Rates(per_minute).cost(seconds)
    assert cost % per_minute == 0
    assert cost // per_minute == max(1, -(-seconds // 60))


@given(st.integers(1, 200_000), st.integers(1, 2_000_000), st.integers(30, 3600))
def test_the_longest_call_never_costs_more_than_its_limit(
    per_minute: int, limit: int, longest: int
) -> None:
    rates = Rates(per_minute)
    seconds = time_limit(rates, limit, longest)
    assert seconds <= longest
    assert seconds == 0 or rates.cost(seconds) <= limit + per_minute
    if seconds and seconds % 60 == 0:
        assert rates.cost(seconds) <= limit


@given(st.decimals(Decimal("0.000001"), Decimal("1000"), places=7))
def test_dollars_round_up_to_micro_dollars(amount: Decimal) -> None:
    assert usd(micros(amount)) >= amount
    assert usd(micros(amount)) - amount < Decimal("0.000001")


@given(st.sampled_from(list(Disposition)), st.integers(1, 10), st.integers(1, 10))
def test_nobody_is_tried_more_often_than_allowed_and_never_in_the_past(
    disposition: Disposition, made: int, allowed: int
) -> None:
    step = next_step(disposition, made, allowed, NOW, NOW - timedelta(days=1))
    assert step.state in {"waiting", "done", "suppressed"}
    if step.state == "waiting":
        assert made < allowed
        assert step.at is not None and step.at > NOW
    else:
        assert step.at is None


def test_an_opt_out_is_final_whatever_the_policy() -> None:
    assert next_step(Disposition.DO_NOT_CALL, 1, 10, NOW).state == "suppressed"


def test_a_callback_keeps_the_promised_hour() -> None:
    promised = NOW + timedelta(hours=20)
    assert next_step(Disposition.CALLBACK_REQUESTED, 1, 3, NOW, promised).at == promised
