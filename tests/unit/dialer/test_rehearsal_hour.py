"""A rehearsal lives on a day on which both coasts may be called."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.rehearsal import HOME, business_hour
from dialer.rules.holiday import Calendar


@given(st.timedeltas(timedelta(0), timedelta(days=1800)))
def test_a_tuesday_at_13_05_in_new_york_and_nobody_s_holiday(after: timedelta) -> None:
    real = datetime(2025, 1, 1, tzinfo=UTC) + after
    shown = (real + business_hour(real).shift).astimezone(HOME)
    assert (shown.weekday(), f"{shown:%H:%M:%S}") == (1, "13:05:00")
    assert shown > real
    for place in ("US", "US-TX", "US-NY", "US-LA", "US-CA", "US-FL"):
        assert not Calendar().name(place, shown.date())


def test_the_election_of_2026_is_left_out() -> None:
    sunday = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert (sunday + business_hour(sunday).shift) - sunday > timedelta(days=7)
