"""Rules in words for people: the hours of a week on one line, and what one version changes."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from dialer.rules.law import ALL_DAY, WEEKDAYS, Cap

_NAMES = {
    "call_class": "calls it is about",
    "hard_block": "calls forbidden outright",
    "scrub_days": "days that a do-not-call file may be old",
    "effective_from": "in force from",
    "effective_to": "in force until",
    "source_date": "date of the source",
}


def week(hours: Any) -> str:
    """A stored week such as `Mon-Fri 08:00-21:00, Sat-Sun none`."""
    if not isinstance(hours, Mapping) or any(day not in hours for day in WEEKDAYS):
        return f"unreadable: {hours!r}"
    told = []
    for text, days in groupby(WEEKDAYS, key=lambda day: windows(hours[day])):
        names = [day.capitalize() for day in days]
        told.append(f"{'-'.join(dict.fromkeys((names[0], names[-1])))} {text}")
    return ", ".join(told)


def windows(day: Any) -> str:
    """The stored windows of a day, `none`, or `at any hour`."""
    if not isinstance(day, Sequence) or isinstance(day, str):
        return f"unreadable: {day!r}"
    if day == [str(ALL_DAY)]:
        return "at any hour"
    return " and ".join(map(str, day)) or "none"


def holidays(stored: Any) -> str:
    """What a rule says of holidays."""
    return "as on other days" if stored is None else windows(stored)


def caps(stored: Any) -> str:
    """The stored caps, such as `3 per 24h` or `4 per 30 days`."""
    try:
        return " and ".join(str(Cap(cap["count"], cap["hours"])) for cap in stored) or "none"
    except (TypeError, KeyError):
        return f"unreadable: {stored!r}"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs between two versions of a rule (the table's columns), a line each."""
    return [
        f"{_NAMES.get(column, column)}: {_told(column, old)} -> {_told(column, after.get(column))}"
        for column, old in before.items()
        if old != after.get(column)
    ]


def _told(column: str, value: Any) -> str:
    words = {"hours": week, "holidays": holidays, "caps": caps}.get(column)
    if words:
        return words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)
