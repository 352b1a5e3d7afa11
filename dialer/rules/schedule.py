"""When a campaign is open: its dates, and the runs that a cron expression starts.

Occurrences are wall-clock times of the campaign's zone. As in Vixie cron, one that the clock
skips in spring happens by as much later; one that it repeats in autumn happens once, unless the
hour is a wildcard.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

from dialer.rules.holiday import Calendar

HORIZON = timedelta(days=5 * 366)
"""A leap day comes within it."""

CLOSING_HORIZON = timedelta(days=1)
_DAYS_BACK = 2
"""A run of 24 hours can touch three local days when one of them has 23."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Local dates, both inclusive, and runs of `cron_minutes` (1 to 1440) from each occurrence.

    Without `cron` the campaign is open on all its dates. A run of a holiday of the United States
    is skipped when a `calendar` is given.
    """

    timezone: str
    starts_on: date | None = None
    ends_on: date | None = None
    cron: str = ""
    cron_minutes: int = 0
    calendar: Calendar | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The campaign's zone."""
        return ZoneInfo(self.timezone)

    def over(self, now: datetime) -> bool:
        """The last date has passed."""
        return self.ends_on is not None and now.astimezone(self.zone).date() > self.ends_on

    def keeps(self, day: date) -> bool:
        """The local date is one of the campaign's."""
        if (self.starts_on and day < self.starts_on) or (self.ends_on and day > self.ends_on):
            return False
        return not (self.cron and self.calendar and self.calendar.name("US", day))


def check_cron(text: str) -> None:
    """Raises `ValueError`, saying what is wrong, unless `text` is a cron line that ever happens.

    Five fields: minute, hour, day of month, month, day of week.
    """
    if len(text.split()) != 5:
        raise ValueError("five fields are needed: minute, hour, day of month, month, weekday")
    try:
        croniter(text, datetime(2026, 1, 1, tzinfo=UTC)).get_next(datetime)
    except (CroniterError, ValueError, KeyError) as fault:
        raise ValueError(str(fault)) from None


def open_at(schedule: Schedule, now: datetime) -> bool:
    """May the campaign dial at `now` (aware), as far as its own schedule goes?"""
    if not schedule.keeps(now.astimezone(schedule.zone).date()):
        return False
    return not schedule.cron or _running(schedule, now) is not None


def next_open(schedule: Schedule, now: datetime) -> datetime | None:
    """The first moment at or after `now` (UTC) at which it is open; None when there is none."""
    first = now
    if schedule.starts_on:
        first = max(now, _midnight(schedule.starts_on, schedule.zone))
    if schedule.over(first):
        return None
    if not schedule.cron or open_at(schedule, first):
        return first
    return _next_start(schedule, first)


def closes_at(schedule: Schedule, now: datetime) -> datetime | None:
    """When the present opening ends (UTC); `now` when it is closed, None when it stays open for
    a day or more. Runs that touch or overlap are one opening."""
    if not open_at(schedule, now):
        return now
    horizon = end = now + CLOSING_HORIZON
    if schedule.cron:
        end = now
        while end < horizon and (started := _running(schedule, end)):
            end = started + timedelta(minutes=schedule.cron_minutes)
    day = now.astimezone(schedule.zone).date() + timedelta(days=1)
    midnight = _midnight(day, schedule.zone)
    if midnight < end and not schedule.keeps(day):
        end = midnight
    return end if end < horizon else None


def _running(schedule: Schedule, now: datetime) -> datetime | None:
    """The latest start of a run in which `now` lies."""
    today, length = now.astimezone(schedule.zone).date(), timedelta(minutes=schedule.cron_minutes)
    days = [today - timedelta(days=back) for back in range(_DAYS_BACK + 1)]
    starts = (
        start
        for day in days
        if schedule.keeps(day)
        for start in _starts(schedule.cron, schedule.timezone, day)
        if start <= now < start + length
    )
    return max(starts, default=None)


def _next_start(schedule: Schedule, now: datetime) -> datetime | None:
    """The first start of a run after `now`, walking from one day with occurrences to the next."""
    day = now.astimezone(schedule.zone).date()
    last = min(day + HORIZON, schedule.ends_on or date.max)
    while day <= last:
        if schedule.keeps(day):
            later = [at for at in _starts(schedule.cron, schedule.timezone, day) if at > now]
            if later:
                return min(later)
        try:
            day = croniter(schedule.cron, _end_of(day)).get_next(datetime).date()
        except CroniterError:
            return None
    return None


@lru_cache(maxsize=1024)
def _starts(cron: str, timezone: str, day: date) -> tuple[datetime, ...]:
    """The moments (UTC) of the occurrences whose wall time lies on a local day."""
    zone, every_hour = ZoneInfo(timezone), cron.split()[1].startswith("*")
    walk = croniter(cron, _end_of(day - timedelta(days=1)))
    found: list[datetime] = []
    while True:
        try:
            wall = walk.get_next(datetime)
        except CroniterError:
            return tuple(found)
        if wall.date() != day:
            return tuple(found)
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        found.append(first)
        if every_hour and second > first:
            found.append(second)


def _end_of(day: date) -> datetime:
    """The last wall time of a day, to walk on from."""
    return datetime.combine(day, time(23, 59, 59))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
