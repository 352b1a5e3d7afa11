"""Local wall-clock windows as spans of real time, over every gap and fold of daylight saving.

Instants are integer microseconds since 1970 UTC; a span is half-open [start, end).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
STEP_SECONDS = 6 * 3600  # no zone has changed its offset twice within six hours

Span = tuple[int, int]


def known_zones(names: Iterable[str]) -> tuple[ZoneInfo, ...]:
    """The zones by name. Raises `ValueError` naming the first that does not exist."""
    found = []
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, as "America"
            raise ValueError(f"{name!r} is no IANA time zone such as America/New_York") from None
    return tuple(found)


def micros(at: datetime) -> int:
    """An aware moment as an instant."""
    return (at - EPOCH) // MICROSECOND


def moment(instant: int) -> datetime:
    """An instant as an aware UTC moment."""
    return EPOCH + timedelta(microseconds=instant)


def midnight(day: date) -> int:
    """The local midnight that begins a day, read as if the zone were UTC."""
    return (day.toordinal() - EPOCH.toordinal()) * DAY


def spans_of(
    zone: ZoneInfo, day: date, windows: Iterable[tuple[int, int]], margin: int
) -> list[Span]:
    """When a call may begin: it and its `margin` later both lie in one window of the local day.

    `windows` and `margin` are microseconds. A window that the clock passes twice counts twice.
    """
    base = midnight(day)
    offsets = _offsets(zone, day)
    found = []
    for start, end in windows:
        inside = []
        for since, until, offset in offsets:
            low, high = max(since, base + start - offset), min(until, base + end - offset)
            if low < high:
                inside.append((low, high))
        for begins in inside:
            for ends in inside:
                low, high = max(begins[0], ends[0] - margin), min(begins[1], ends[1] - margin)
                if low < high:
                    found.append((low, high))
    return found


def union(spans: Iterable[Span]) -> list[Span]:
    """The same instants as sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def intersection(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The instants of both; each is sorted and without overlap."""
    found, left, right = [], 0, 0
    while left < len(one) and right < len(other):
        low = max(one[left][0], other[right][0])
        high = min(one[left][1], other[right][1])
        if low < high:
            found.append((low, high))
        if one[left][1] < other[right][1]:
            left += 1
        else:
            right += 1
    return found


def _offsets(zone: ZoneInfo, day: date) -> list[tuple[int, int, int]]:
    """(since, until, offset) of the zone over all instants that the local day can touch."""
    base = midnight(day)
    years = range((day - timedelta(days=1)).year, (day + timedelta(days=2)).year + 1)
    changes = [change for year in years for change in _changes(zone, year)]
    changes.append((base + 3 * DAY, 0))
    return [
        (since, until, offset)
        for (since, offset), (until, _) in pairwise(changes)
        if since < base + 2 * DAY and until > base - DAY
    ]


@lru_cache(maxsize=4096)
def _changes(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """(instant, offset from then on) for the year's first instant and each change in it."""
    first, last = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    before = _offset(zone, first)
    found = [(first * SECOND, before)]
    for at in range(first, last, STEP_SECONDS):
        until = min(at + STEP_SECONDS, last - 1)
        if (after := _offset(zone, until)) != before:
            found.append((_change(zone, at, until) * SECOND, after))
            before = after
    return tuple(found)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of (before, after] with the offset of `after`."""
    new = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _offset(zone, middle) == new else (middle, after)
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset() or timedelta(0)
    return offset // MICROSECOND
