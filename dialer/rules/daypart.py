"""Parts of the calling day: who did not answer in the morning is tried later in the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARTS = (
    (time.min, time(12)),
    (time(12), time(15)),
    (time(15), time.max),
)
"""Morning, midday, late afternoon: half-open local times."""

SEARCH_DAYS = 14


@dataclass(frozen=True, slots=True)
class Hours:
    """A campaign's calling hours: local times, half-open, on weekdays (Monday 0)."""

    start: time
    end: time
    weekdays: tuple[int, ...]


def part_of(at: datetime, zone: str) -> int:
    """The part of the local day, 0 to 2, in which an aware moment lies."""
    local = at.astimezone(ZoneInfo(zone)).time()
    return next(index for index, (_, end) in enumerate(PARTS) if local < end or end == time.max)


def in_other_part(
    earliest: datetime, jitter: timedelta, zone: str, hours: Hours, tried: Sequence[datetime]
) -> datetime:
    """The first moment at or after `earliest` in the least tried part of the hours, plus jitter.

    Jitter that would leave the part is cut. `earliest` plus jitter when no part of the coming
    two weeks lies in the hours.
    """
    counts = [0] * len(PARTS)
    for moment in tried:
        counts[part_of(moment, zone)] += 1
    usable = [index for index in range(len(PARTS)) if _within(index, hours) is not None]
    if not usable:
        return earliest + jitter
    least = min(counts[index] for index in usable)
    wanted = [index for index in usable if counts[index] == least]
    for opens, closes in _openings(earliest, zone, hours, wanted):
        if closes > earliest:
            first = max(opens, earliest)
            return first + min(jitter, (closes - first) / 2)
    return earliest + jitter


def _within(index: int, hours: Hours) -> tuple[time, time] | None:
    """What the calling hours leave of a part."""
    start, end = max(PARTS[index][0], hours.start), min(PARTS[index][1], hours.end)
    return (start, end) if start < end else None


def _openings(
    earliest: datetime, zone: str, hours: Hours, parts: Sequence[int]
) -> list[tuple[datetime, datetime]]:
    """The wanted parts of the coming days as moments, in order of time."""
    place = ZoneInfo(zone)
    today = earliest.astimezone(place).date()
    found = []
    for offset in range(SEARCH_DAYS):
        day = today + timedelta(days=offset)
        if day.weekday() not in hours.weekdays:
            continue
        for index in parts:
            span = _within(index, hours)
            if span:
                opens, closes = (datetime.combine(day, edge, place) for edge in span)
                found.append((opens.astimezone(UTC), closes.astimezone(UTC)))
    return found
