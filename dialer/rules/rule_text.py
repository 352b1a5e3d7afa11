"""A rule as text: the row of a rule pack and the JSON of the table, read strictly or refused."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import pairwise
from typing import Any

from dialer.rules.law import CONSENTS, RECORDINGS, WEEKDAYS, Cap, Window

COLUMNS = (
    "id",
    "jurisdiction",
    "call_class",
    "mon_fri",
    "sat",
    "sun",
    "holidays",
    "attempt_cap",
    "hard_block",
    "consent",
    "recording",
    "scrub_days",
    "effective_from",
    "effective_to",
    "authority",
    "source",
    "source_date",
    "confidence",
    "note",
)
ALWAYS = date(2000, 1, 1)
"""From when a rule binds whose row names no day."""
CONFIDENCES = ("high", "medium", "low", "verify", "operator")
_JURISDICTION = re.compile(r"\*|[A-Z]{2}(-[A-Z0-9]{1,3})?")
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")
_CAP = re.compile(r"([1-9]\d{0,3}) per ([1-9]\d{0,3}) ?(h|hours?|d|days?)")


class Unreadable(ValueError):
    """A field that cannot be used: which column, what is wrong, and what to write instead."""

    def __init__(self, column: str, problem: str, remedy: str) -> None:
        super().__init__(f"{column}: {problem}")
        self.column = column
        self.problem = problem
        self.remedy = remedy


def content(row: Mapping[str, str]) -> dict[str, Any]:
    """The table's columns (without version and history) of one row of a rule pack.

    Raises `Unreadable` for the first field at fault.
    """
    text = {column: (row.get(column) or "").strip() for column in COLUMNS}
    week = [text["mon_fri"]] * 5 + [text["sat"], text["sun"]]
    columns = ["mon_fri"] * 5 + ["sat", "sun"]
    hours = [_hours(column, value) for column, value in zip(columns, week, strict=True)]
    closed = text["holidays"].lower()
    since = _day("effective_from", text["effective_from"]) or ALWAYS
    until = _day("effective_to", text["effective_to"])
    if until and until <= since:
        raise Unreadable("effective_to", f"{until} is not after {since}", "Give a later day")
    return {
        "id": _known("id", text["id"], re.compile(r"[a-z0-9][a-z0-9-]*")),
        "jurisdiction": _known("jurisdiction", text["jurisdiction"], _JURISDICTION),
        "call_class": _one_of("call_class", text["call_class"], ("any", "live", "automated")),
        "hours": dict(zip(WEEKDAYS, hours, strict=True)),
        "holidays": None if closed == "allowed" else _hours("holidays", closed),
        "caps": [{"count": cap.count, "hours": cap.hours} for cap in _caps(text["attempt_cap"])],
        "hard_block": _one_of("hard_block", text["hard_block"].lower(), ("no", "yes")) == "yes",
        "consent": _one_of("consent", text["consent"], CONSENTS),
        "recording": _one_of("recording", text["recording"], RECORDINGS),
        "scrub_days": _count("scrub_days", text["scrub_days"]),
        "effective_from": since,
        "effective_to": until,
        "authority": text["authority"],
        "source": text["source"],
        "source_date": text["source_date"],
        "confidence": _one_of("confidence", text["confidence"].lower() or "operator", CONFIDENCES),
        "note": text["note"],
    }


def week_from(stored: Any) -> tuple[tuple[Window, ...], ...]:
    """The hours of a stored rule, Monday first. Raises `Unreadable`."""
    if not isinstance(stored, Mapping) or set(stored) != set(WEEKDAYS):
        raise Unreadable("hours", "does not name the seven days", 'Give {"mon": [...], ...}')
    return tuple(windows_from("hours", stored[day]) for day in WEEKDAYS)


def windows_from(column: str, stored: Any) -> tuple[Window, ...]:
    """The windows of a stored day. Raises `Unreadable`."""
    if not isinstance(stored, Sequence) or isinstance(stored, str):
        raise Unreadable(column, f"{stored!r} is no list of windows", 'Give ["08:00-21:00"]')
    found = [_window(column, part) for part in stored]
    for before, after in pairwise(found):
        if after.micros()[0] < before.micros()[1]:
            raise Unreadable(column, f"{after} begins before {before} ends", "Sort the windows")
    return tuple(found)


def caps_from(stored: Any) -> tuple[Cap, ...]:
    """The caps of a stored rule. Raises `Unreadable`."""
    if not isinstance(stored, Sequence) or isinstance(stored, str):
        raise Unreadable("caps", f"{stored!r} is no list", 'Give [{"count": 3, "hours": 24}]')
    return tuple(_cap(one) for one in stored)


def place_from(stored: str) -> str:
    """A jurisdiction: `*`, a country or a state. Raises `Unreadable`."""
    return _known("jurisdiction", stored, _JURISDICTION)


def _cap(stored: Any) -> Cap:
    if isinstance(stored, Mapping) and set(stored) == {"count", "hours"}:
        count, hours = stored["count"], stored["hours"]
        if type(count) is int and type(hours) is int and count >= 1 and hours >= 1:
            return Cap(count, hours)
    raise Unreadable("caps", f"{stored!r} is no cap", 'Give {"count": 3, "hours": 24}')


def _window(column: str, part: Any) -> Window:
    match = _WINDOW.fullmatch(part) if isinstance(part, str) else None
    if match is None:
        raise Unreadable(
            column, f"{part!r} is no window of a day", "Give 24-hour times such as 08:00-21:00"
        )
    start = time(int(match[1]), int(match[2]))
    window = Window(start, time(0) if match[5] else time(int(match[3]), int(match[4])))
    if not match[5] and window.end <= start:
        raise Unreadable(column, f"{part!r} ends before it begins", "Put the earlier time first")
    return window


def _hours(column: str, text: str) -> list[str]:
    if text.lower() == "none":
        return []
    parts = [part.strip() for part in text.split(";")]
    return [str(window) for window in windows_from(column, parts)]


def _caps(text: str) -> list[Cap]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _CAP.fullmatch(part)
        if match is None:
            raise Unreadable("attempt_cap", f"{part!r} is no cap", "Write `3 per 24h`")
        hours = int(match[2]) * (24 if match[3].startswith("d") else 1)
        found.append(Cap(int(match[1]), hours))
    return found


def _day(column: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Unreadable(column, f"{text!r} is no day", "Write it as 2026-10-18") from None


def _count(column: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise Unreadable(column, f"{text!r} is no number of days", "Write a number such as 31")
    return int(text)


def _known(column: str, text: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(text):
        example = "us-fl" if column == "id" else "US-FL, US or *"
        raise Unreadable(column, f"{text!r} cannot be used", f"Write it as {example}")
    return text


def _one_of(column: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        names = ", ".join(choice or "nothing" for choice in choices)
        raise Unreadable(column, f"{text!r} is not known", f"Write one of: {names}")
    return text
