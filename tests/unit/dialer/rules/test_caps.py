"""Caps over rolling windows against counting, dial by dial."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.caps import capped_by, capped_until
from dialer.rules.law import Cap, Rule

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
DAILY = Cap(3, 24)
caps = st.lists(st.builds(Cap, st.integers(1, 4), st.sampled_from([1, 8, 24, 720])), max_size=3)
dials = st.lists(
    st.integers(-40 * 24 * 60, 0).map(lambda minutes: NOW + timedelta(minutes=minutes)), max_size=12
)


def free(dialed: list[datetime], caps: list[Cap], at: datetime) -> bool:
    """Counted: fewer than `count` dials in the half-open hours before."""
    return all(
        sum(at - timedelta(hours=cap.hours) < dial for dial in dialed) < cap.count for cap in caps
    )


@given(dials, caps)
def test_it_lets_go_at_the_first_moment_that_counting_allows(
    dialed: list[datetime], caps: list[Cap]
) -> None:
    until = capped_until(dialed, caps, NOW)
    if until is None:
        assert free(dialed, caps, NOW)
        return
    assert until > NOW
    assert free(dialed, caps, until)
    assert not free(dialed, caps, until - timedelta(microseconds=1))
    assert not free(dialed, caps, NOW)


@given(caps)
def test_dialing_whenever_it_is_free_never_breaks_a_cap(caps: list[Cap]) -> None:
    made: list[datetime] = []
    at = NOW
    for _ in range(8):
        at = capped_until(made, caps, at) or at
        made.append(at)
    for cap in caps:
        for dial in made:
            in_window = [one for one in made if dial <= one < dial + timedelta(hours=cap.hours)]
            assert len(in_window) <= cap.count


def test_a_dial_exactly_a_day_ago_no_longer_counts() -> None:
    day = timedelta(hours=24)
    assert capped_until([NOW - day] * 3, [DAILY], NOW) is None
    assert capped_until([NOW - day + timedelta(seconds=1)] * 3, [DAILY], NOW) == (
        NOW + timedelta(seconds=1)
    )


def test_the_rule_that_holds_longest_is_named() -> None:
    def rule(rule_id: str, cap: Cap) -> Rule:
        return Rule(rule_id, 1, "US", "any", "statute", ((),) * 7, caps=(cap,))

    rules = [rule("us-fl", DAILY), rule("us-me-auto", Cap(1, 8))]
    dialed = [NOW - timedelta(hours=hours) for hours in (1, 12, 20)]
    capped = capped_by(dialed, rules, NOW)
    assert capped is not None
    assert (capped.rule_id, capped.cap, capped.until) == (
        "us-me-auto",
        Cap(1, 8),
        NOW + timedelta(hours=7),
    )
    assert capped_by(dialed[1:], rules, NOW) is None
