"""A campaign is open on its dates and in the runs of its cron line, over every clock change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.rules.holiday import Calendar
from dialer.rules.schedule import Schedule, check_cron, closes_at, next_open, open_at

NEW_YORK = "America/New_York"
crons = st.sampled_from(
    [
        "0 10 * * mon-fri",
        "*/30 9-16 * * *",
        "30 1 * * *",
        "30 2 * * *",
        "15 * * * *",
        "0 9 1,15 * *",
    ]
)
# Around both clock changes of New York in 2026: 8 March and 1 November.
moments = st.tuples(st.sampled_from([(3, 7), (10, 31), (7, 3)]), st.integers(0, 3 * 24 * 60)).map(
    lambda given: datetime(2026, *given[0], tzinfo=UTC) + timedelta(minutes=given[1])
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def plainly_open(schedule: Schedule, now: datetime) -> bool:
    """The slow reference: ask for every minute of the last day whether the line matches it."""
    for back in range(schedule.cron_minutes):
        start = (now - timedelta(minutes=back)).replace(second=0, microsecond=0)
        wall = start.astimezone(schedule.zone)
        repeated = wall.fold == 1 and not schedule.cron.split()[1].startswith("*")
        skipped_to = skipped(schedule, start)
        if (
            croniter.match(schedule.cron, wall.replace(tzinfo=None)) and not repeated
        ) or skipped_to:
            return True
    return False


def skipped(schedule: Schedule, start: datetime) -> bool:
    """Does a wall time that the clock skipped, and that the line names, happen at `start`?"""
    before = (start - timedelta(hours=1)).astimezone(schedule.zone)
    wall = (before + timedelta(hours=1)).replace(tzinfo=None)
    exists = wall.replace(tzinfo=schedule.zone).astimezone(UTC).astimezone(schedule.zone)
    gap = exists.replace(tzinfo=None) != wall
    return gap and bool(croniter.match(schedule.cron, wall))


@settings(max_examples=60)
@given(crons, st.sampled_from([1, 20, 90]), moments)
def test_runs_agree_with_a_walk_over_every_minute(cron: str, minutes: int, now: datetime) -> None:
    schedule = Schedule(NEW_YORK, cron=cron, cron_minutes=minutes)
    assert open_at(schedule, now) == plainly_open(schedule, now)


@settings(max_examples=60)
@given(
    crons,
    st.sampled_from([1, 20, 90, 1440]),
    moments,
    st.none() | st.sampled_from([date(2026, 3, 8), date(2026, 7, 4), date(2026, 11, 2)]),
    st.none() | st.just(Calendar()),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    cron: str, minutes: int, now: datetime, starts_on: date | None, calendar: Calendar | None
) -> None:
    schedule = Schedule(NEW_YORK, starts_on, None, cron, minutes, calendar)
    opens = next_open(schedule, now)
    assert opens is not None and opens >= now and open_at(schedule, opens)
    for step in range(0, min(int((opens - now).total_seconds() // 60), 2000), 7):
        assert not open_at(schedule, now + timedelta(minutes=step))


@settings(max_examples=60)
@given(crons, st.sampled_from([1, 20, 90, 1440]), moments, st.none() | st.just(date(2026, 7, 4)))
def test_it_stays_open_until_it_closes(
    cron: str, minutes: int, now: datetime, ends_on: date | None
) -> None:
    schedule = Schedule(NEW_YORK, None, ends_on, cron, minutes)
    closes = closes_at(schedule, now)
    if closes is None or closes > now:
        last = closes or now + timedelta(hours=23)
        for step in range(0, int((last - now).total_seconds() // 60), 11):
            assert open_at(schedule, now + timedelta(minutes=step))
    if closes is not None:
        assert not open_at(schedule, closes)


@pytest.mark.parametrize(
    ("cron", "opens"),
    [
        ("30 2 * * *", ["2026-03-07T02:30-05:00", "2026-03-08T03:30-04:00"]),
        ("30 1 1 11 *", ["2026-11-01T01:30-04:00", "2027-11-01T01:30-04:00"]),
        ("30 * 1 11 *", ["2026-11-01T00:30-04:00", "2026-11-01T01:30-04:00"]),
    ],
)
def test_gaps_and_folds(cron: str, opens: list[str]) -> None:
    schedule = Schedule(NEW_YORK, cron=cron, cron_minutes=10)
    first = next_open(schedule, utc(opens[0]) - timedelta(minutes=5))
    assert first == utc(opens[0])
    assert next_open(schedule, first + timedelta(minutes=10)) == utc(opens[1])


def test_a_wildcard_hour_happens_in_both_hours_of_the_fold() -> None:
    schedule = Schedule(NEW_YORK, cron="30 * * * *", cron_minutes=10)
    assert next_open(schedule, utc("2026-11-01T01:45-04:00")) == utc("2026-11-01T01:30-05:00")


def test_dates_are_local_and_inclusive() -> None:
    schedule = Schedule(NEW_YORK, date(2026, 11, 24), date(2026, 11, 24))
    assert not open_at(schedule, utc("2026-11-23T23:59-05:00"))
    assert next_open(schedule, utc("2026-11-23T12:00-05:00")) == utc("2026-11-24T00:00-05:00")
    assert open_at(schedule, utc("2026-11-24T23:59-05:00"))
    assert closes_at(schedule, utc("2026-11-24T20:00-05:00")) == utc("2026-11-25T00:00-05:00")
    assert next_open(schedule, utc("2026-11-25T00:00-05:00")) is None
    assert schedule.over(utc("2026-11-25T00:00-05:00"))


def test_a_holiday_s_run_is_skipped_and_a_corrected_one_is_not() -> None:
    eve = utc("2026-11-25T20:00-05:00")
    thanksgiving = utc("2026-11-26T10:00-05:00")
    runs = {"timezone": NEW_YORK, "cron": "0 10 * * *", "cron_minutes": 60}
    assert next_open(Schedule(**runs), eve) == thanksgiving
    assert next_open(Schedule(**runs, calendar=Calendar()), eve) == thanksgiving + timedelta(days=1)
    kept = Calendar({("US", date(2026, 11, 26)): None})
    assert next_open(Schedule(**runs, calendar=kept), eve) == thanksgiving


def test_a_line_that_never_comes_within_the_dates() -> None:
    schedule = Schedule(NEW_YORK, None, date(2026, 12, 24), "0 10 25 12 *", 60)
    assert next_open(schedule, utc("2026-11-25T20:00-05:00")) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 10 * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("0 25 * * *", "out of range"),
        ("0 0 30 2 *", "failed to find"),
        ("a b c d e", "not acceptable"),
        ("H * * * *", "hash"),
    ],
)
def test_a_broken_line_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_cron(text)
