"""The stretches of days that usage records are told for."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from media.simulator.errors import ApiError

Period = tuple[date, date]
"""First and last day, both included."""
KINDS = (
    "AllTime",
    "Daily",
    "LastMonth",
    "Monthly",
    "ThisMonth",
    "Today",
    "Yearly",
    "Yesterday",
)
_DAY = timedelta(days=1)


def periods(kind: str, query: Mapping[str, str], today: date, since: date) -> list[Period]:
    """In order of time; `kind` is one of `KINDS` or empty for one sum of all that is asked for.

    `StartDate` and `EndDate` (`YYYY-MM-DD` or `-30days`) clip them; without them they reach from
    `since`, the account's first day, to today. Raises `ApiError` 20001 for what is no date.
    """
    first, last = _day(query, "StartDate", since, today), _day(query, "EndDate", today, today)
    if kind in {"", "AllTime"}:
        return [(first, last)]
    named = {
        "Today": (today, today),
        "Yesterday": (today - _DAY, today - _DAY),
        "ThisMonth": (today.replace(day=1), today),
        "LastMonth": _month_of(today.replace(day=1) - _DAY),
    }
    if kind in named:
        return [named[kind]]
    found: list[Period] = []
    while first <= last:
        end = min(_end(kind, first), last)
        found.append((first, end))
        first = end + _DAY
    return found


def _end(kind: str, day: date) -> date:
    """Of the day, month or year that a day is in."""
    if kind == "Daily":
        return day
    return _month_of(day)[1] if kind == "Monthly" else day.replace(month=12, day=31)


def _month_of(day: date) -> Period:
    first = day.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1) - _DAY


def _day(query: Mapping[str, str], key: str, usual: date, today: date) -> date:
    text = query.get(key)
    if not text:
        return usual
    offset = re.fullmatch(r"([+-]?\d{1,5})days?", text)
    try:
        return today + int(offset[1]) * _DAY if offset else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ApiError(20001, f"{key} is not a date") from None
