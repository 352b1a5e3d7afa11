"""From a spoken wish ("tomorrow at three") to a moment in the lead's own day."""

from datetime import datetime, time, timedelta

from media.engines.llm.spoken_time import PERIOD_HOURS, SpokenTime, hour24, parse_time

EARLIEST_HOUR = 9
"""No promised callback before 9:00 or from 20:00 on, in the lead's time zone."""
END_HOUR = 20
DEFAULT_HOUR = 10


def callback_time(words: str, now: datetime) -> datetime | None:
    """The moment that the words mean, within 9:00-20:00 of the lead; None if they name no time.

    `now` is aware and in the lead's zone. A time that has passed means the next such time.
    """
    spoken = parse_time(words)
    if spoken is None:
        return _later(now) if "later" in words.lower().split() else None
    if spoken.in_minutes is not None:
        return within_hours(now + timedelta(minutes=spoken.in_minutes))
    moment = _at_hour(_day(spoken, now), spoken, now)
    if moment <= now:
        moment += timedelta(days=7 if spoken.weekday is not None else 1)
    return within_hours(moment)


def default_callback(now: datetime) -> datetime:
    """Tomorrow at ten, when the lead leaves the time to us."""
    return _on(now + timedelta(days=1), DEFAULT_HOUR)


def within_hours(moment: datetime) -> datetime:
    """The same moment, or the next one at which a callback may be promised."""
    if moment.hour < EARLIEST_HOUR:
        return _on(moment, EARLIEST_HOUR)
    if moment.hour >= END_HOUR:
        return _on(moment + timedelta(days=1), EARLIEST_HOUR)
    return moment.replace(second=0, microsecond=0)


def _later(now: datetime) -> datetime:
    return within_hours(now + timedelta(hours=3))


def _day(spoken: SpokenTime, now: datetime) -> datetime:
    if spoken.month_day is not None:
        return _calendar_day(spoken, now)
    if spoken.weekday is not None:
        ahead = (spoken.weekday - now.weekday()) % 7
        if spoken.next_week:
            ahead = 7 - now.weekday() + spoken.weekday
        return now + timedelta(days=ahead)
    if spoken.next_week:
        return now + timedelta(days=7 - now.weekday())
    return now + timedelta(days=spoken.in_days or 0)


def _calendar_day(spoken: SpokenTime, now: datetime) -> datetime:
    """The next day that has this number (and month); tomorrow if the calendar has none."""
    for ahead in range(366):
        day = now + timedelta(days=ahead)
        if day.day == spoken.month_day and spoken.month in (None, day.month):
            return day
    return now + timedelta(days=1)


def _at_hour(day: datetime, spoken: SpokenTime, now: datetime) -> datetime:
    hour = hour24(spoken)
    if hour is not None:
        moment = _on(day, hour, spoken.minute)
        return moment if moment.hour < END_HOUR else _on(day, END_HOUR - 1, 30)
    if spoken.period is not None:
        return _on(day, PERIOD_HOURS[spoken.period])
    if day.date() == now.date() and spoken.weekday is None:
        return now + timedelta(hours=2)
    return _on(day, DEFAULT_HOUR)


def _on(day: datetime, hour: int, minute: int = 0) -> datetime:
    """That wall-clock time of the day in the same zone."""
    return datetime.combine(day.date(), time(hour, minute), tzinfo=day.tzinfo)
