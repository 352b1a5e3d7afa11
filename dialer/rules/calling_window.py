"""When a number may ring: pure decision over rules, zones and an instant.

A call is lawful when, in every zone in which the number may ring and under every rule that
applies, both the moment of dialing and the end of the ringing lie inside an allowed window.
Windows are half-open local times [start, end), as 47 CFR 64.1200(c)(1) and the TSR are read by
the trade: 21:00 exactly is outside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAX_ZONES = 3
SEARCH_DAYS = 15


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open local time of day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Rule:
    """Who allows which hours: `hours[weekday]` are the windows of Monday (0) to Sunday (6)."""

    rule_id: str
    version: int
    authority: str
    hours: tuple[tuple[Window, ...], ...]
    effective_from: date = date.min
    effective_to: date | None = None

    def windows(self, day: date) -> tuple[Window, ...] | None:
        """The allowed windows of a local day; None when the rule is not in force on it."""
        if day < self.effective_from or (self.effective_to and day >= self.effective_to):
            return None
        return self.hours[day.weekday()]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed now, or why not and when it will be (None: not within the searched days)."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    next_lawful_at: datetime | None = None


def known_zones(names: Iterable[str]) -> tuple[ZoneInfo, ...]:
    """The zones by name. Raises `ValueError` naming the first that does not exist."""
    found = []
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder, as "America"
            raise ValueError(f"{name!r} is no IANA time zone such as America/New_York") from None
    return tuple(found)


def decide(
    now: datetime, zones: Sequence[str], rules: Sequence[Rule], margin: timedelta
) -> Verdict:
    """May the number ring at `now` and until `now + margin`?

    No rule, no zone or more than three zones: never (fail closed). A rule that is not in force
    on a day says nothing about it. `now` must be aware.
    """
    if now.tzinfo is None:
        raise ValueError("the moment of a decision must be aware of its zone")
    if not rules:
        return Verdict(False, ("no_rule",))
    if not zones or len(zones) > MAX_ZONES:
        return Verdict(False, ("zone_unknown",))
    try:
        places = known_zones(zones)
    except ValueError:
        return Verdict(False, ("zone_unknown",))
    against = _against(now, places, rules, margin)
    if not against:
        return Verdict(True)
    return Verdict(False, against, _next(now, places, rules, margin))


def _against(
    at: datetime, zones: Sequence[ZoneInfo], rules: Sequence[Rule], margin: timedelta
) -> tuple[str, ...]:
    """The rules that forbid ringing from `at` to `at + margin`, each with its zone."""
    return tuple(
        f"outside_window:{rule.rule_id}:{zone.key}"
        for rule in rules
        for zone in zones
        if not _inside(rule, at.astimezone(zone), (at + margin).astimezone(zone))
    )


def _inside(rule: Rule, first: datetime, last: datetime) -> bool:
    """Both ends lie in one window of the rule. Local wall clock, so DST needs no special case."""
    windows = rule.windows(first.date())
    if windows is None:
        return True
    return first.date() == last.date() and any(
        window.start <= first.time() < window.end and last.time() < window.end for window in windows
    )


def _next(
    now: datetime, zones: Sequence[ZoneInfo], rules: Sequence[Rule], margin: timedelta
) -> datetime | None:
    """The first lawful instant after `now`: one of the window openings, so only they are tried."""
    for opening in sorted(_openings(now, zones, rules)):
        if not _against(opening, zones, rules, margin):
            return opening
    return None


def _openings(now: datetime, zones: Sequence[ZoneInfo], rules: Sequence[Rule]) -> set[datetime]:
    found = set()
    for zone in zones:
        today = now.astimezone(zone).date()
        for offset in range(SEARCH_DAYS):
            day = today + timedelta(days=offset)
            for rule in rules:
                for window in rule.windows(day) or ():
                    opens = datetime.combine(day, window.start, zone).astimezone(UTC)
                    if opens > now:
                        found.add(opens)
    return found
