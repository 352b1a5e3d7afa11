"""The window rule against a slow, obvious reference, at every boundary and over DST changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.rules.calling_window import Rule, Window, decide

ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
]
FEDERAL = Rule("us-fed-hours", 1, "47 CFR 64.1200(c)(1)", ((Window(time(8), time(21)),),) * 7)
OFFICE = Rule(
    "campaign:1",
    1,
    "operator",
    ((Window(time(10), time(17)),),) * 5 + ((), ()),
)
MARGIN = timedelta(seconds=30)

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 2 * 365 * 86_400).map(lambda second: START + timedelta(seconds=second))
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)


def reference(now: datetime, zones: list[str], rules: list[Rule], margin: timedelta) -> bool:
    """Second by second would be slow; the two ends of the ringing decide, read naively."""
    for zone in zones:
        first, last = now.astimezone(ZoneInfo(zone)), (now + margin).astimezone(ZoneInfo(zone))
        for rule in rules:
            if first.date() != last.date():
                return False
            inside = False
            for window in rule.hours[first.weekday()]:
                opens = window.start.hour * 3600 + window.start.minute * 60
                closes = window.end.hour * 3600 + window.end.minute * 60
                at = first.hour * 3600 + first.minute * 60 + first.second
                until = last.hour * 3600 + last.minute * 60 + last.second
                inside = inside or (opens <= at < closes and until < closes)
            if not inside:
                return False
    return True


@given(moments, zone_sets)
def test_agrees_with_the_reference(now: datetime, zones: list[str]) -> None:
    now = now.replace(microsecond=0)
    rules = [FEDERAL, OFFICE]
    assert decide(now, zones, rules, MARGIN).allowed == reference(now, zones, rules, MARGIN)


@given(moments, zone_sets)
@settings(max_examples=60)
def test_the_next_lawful_moment_is_lawful_and_nothing_earlier_is(
    now: datetime, zones: list[str]
) -> None:
    now = now.replace(second=0, microsecond=0)
    rules = [FEDERAL, OFFICE]
    verdict = decide(now, zones, rules, MARGIN)
    if verdict.allowed:
        return
    if verdict.next_lawful_at is None:
        assert len(zones) > 1
        return
    assert reference(verdict.next_lawful_at, zones, rules, MARGIN)
    minute = now
    while minute < verdict.next_lawful_at:
        assert not reference(minute, zones, rules, MARGIN)
        minute += timedelta(minutes=5)


@pytest.mark.parametrize(
    "hour, minute, allowed", [(7, 59, False), (8, 0, True), (20, 59, True), (21, 0, False)]
)
def test_the_federal_hours_are_half_open(hour: int, minute: int, allowed: bool) -> None:
    now = datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo("America/Chicago"))
    assert decide(now, ["America/Chicago"], [FEDERAL], timedelta(0)).allowed is allowed


def test_the_ringing_must_end_inside_too() -> None:
    now = datetime(2026, 11, 24, 20, 59, 40, tzinfo=ZoneInfo("America/Chicago"))
    assert not decide(now, ["America/Chicago"], [FEDERAL], MARGIN).allowed


@pytest.mark.parametrize("zones", [[], ["Mars/Olympus"], ZONES[:4]])
def test_unknown_or_too_many_zones_close_the_gate(zones: list[str]) -> None:
    verdict = decide(datetime(2026, 11, 24, 18, tzinfo=UTC), zones, [FEDERAL], MARGIN)
    assert (verdict.allowed, verdict.reasons) == (False, ("zone_unknown",))
    assert verdict.next_lawful_at is None


def test_no_rule_no_call() -> None:
    verdict = decide(datetime(2026, 11, 24, 18, tzinfo=UTC), ZONES[:1], [], MARGIN)
    assert verdict.reasons == ("no_rule",)


def test_a_future_rule_binds_from_its_day_on() -> None:
    strict = Rule("us-xx", 2, "statute", ((),) * 7, effective_from=date(2026, 11, 25))
    rules = [FEDERAL, strict]
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/Chicago"))
    assert decide(noon, ["America/Chicago"], rules, MARGIN).allowed
    assert not decide(noon + timedelta(days=1), ["America/Chicago"], rules, MARGIN).allowed


def test_a_naive_moment_is_an_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        decide(START.replace(tzinfo=None), ZONES[:1], [FEDERAL], MARGIN)
