"""Money in exact units."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.budget import Rates, micros, time_limit, usd


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
