"""The law as values: windows, caps, effective-dated rules, and which of them bind on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dialer.rules.holiday import Calendar

EVERYWHERE = "*"
PRESET = "preset"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CONSENTS = ("", "express", "written")
REGISTRY_DAYS = 31
"""The oldest that a do-not-call registry file may be (16 CFR 310.4(b)(3)(iv))."""
RECORDINGS = ("", "announce", "ask", "off")


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open local time of day [start, end); an end of 00:00 is the midnight after."""

    start: time
    end: time

    def micros(self) -> tuple[int, int]:
        """Start and end in microseconds after local midnight."""
        return day_micros(self.start), day_micros(self.end) or 86_400_000_000

    @classmethod
    def between(cls, start: int, end: int) -> "Window":
        """The window from and to so many microseconds after local midnight."""
        midnight = datetime(1970, 1, 1, tzinfo=UTC)
        low, high = (midnight + timedelta(microseconds=one) for one in (start, end))
        return cls(low.time(), high.time())

    def __str__(self) -> str:
        end = "24:00" if self.end == time(0) else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


ALL_DAY = Window(time(0), time(0))


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` dials to one number in any `hours` hours."""

    count: int
    hours: int

    def __str__(self) -> str:
        days, rest = divmod(self.hours, 24)
        return (
            f"{self.count} per {self.hours}h"
            if rest or days < 2
            else f"{self.count} per {days} days"
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule. `hours[weekday]` are the windows of Monday (0) to Sunday (6).

    `holiday_hours` None: a holiday is a day like others; empty: no calls on one. `confirmed` is
    false for a row of doubtful source that no operator has vouched for. `fault` says why the row
    cannot be read; such a rule closes every locality that it applies to.
    """

    rule_id: str
    version: int
    jurisdiction: str
    call_class: str
    authority: str
    hours: tuple[tuple[Window, ...], ...]
    holiday_hours: tuple[Window, ...] | None = None
    caps: tuple[Cap, ...] = ()
    hard_block: bool = False
    consent: str = ""
    recording: str = ""
    scrub_days: int | None = None
    effective_from: date = date.min
    effective_to: date | None = None
    confidence: str = "operator"
    confirmed: bool = True
    fault: str = ""

    def holds_on(self, day: date) -> bool:
        """Does the local day lie in [effective_from, effective_to)?"""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


@dataclass(frozen=True, slots=True)
class Law:
    """All rules in all versions, what is known of holidays, and the mark of this state of both."""

    rules: tuple[Rule, ...]
    closed: Calendar
    stamp: tuple[int, ...] = ()

    def applicable(self, country: str, states: Iterable[str], call_class: str) -> tuple[Rule, ...]:
        """All versions of every rule for the country, the states or everybody, for this class.

        A state may lie in another country (an address abroad); that one's rules apply as well.
        """
        places = {EVERYWHERE, *countries(country, states), *states}
        return tuple(
            rule
            for rule in self.rules
            if rule.jurisdiction in places and rule.call_class in ("any", call_class)
        )


def countries(country: str, states: Iterable[str]) -> frozenset[str]:
    """The countries of a number: its own and those of the states in which it may ring."""
    return frozenset((country, *(state.partition("-")[0] for state in states)))


def in_force(rules: Sequence[Rule], day: date) -> tuple[Rule, ...]:
    """The versions that bind on a local day: of each id the newest that is in force.

    Where one of them is unconfirmed, the preset binds in its first, conservative form as well,
    whatever the operator has widened it to.
    """
    newest: dict[str, Rule] = {}
    for rule in rules:
        if not rule.holds_on(day):
            continue
        rival = newest.get(rule.rule_id)
        if rival is None or rival.version < rule.version:
            newest[rule.rule_id] = rule
    bound = tuple(newest.values())
    if all(rule.confirmed for rule in bound):
        return bound
    first = (rule for rule in rules if rule.rule_id == PRESET and rule.version == 1)
    return (*bound, *(rule for rule in first if rule not in bound))


def consent_needed(rules: Iterable[Rule]) -> str:
    """The strongest consent that any of the rules asks for: `written`, `express` or none (``)."""
    return max((rule.consent for rule in rules), key=CONSENTS.index, default="")


def recording_policy(rules: Iterable[Rule]) -> str:
    """The strictest: `off` (never record), `ask`, `announce`; `` when no rule speaks of it."""
    return max((rule.recording for rule in rules), key=RECORDINGS.index, default="")


def scrub_days(rules: Iterable[Rule]) -> int | None:
    """How old, in days, a do-not-call file may be at most; None when no rule asks for one."""
    return min((rule.scrub_days for rule in rules if rule.scrub_days), default=None)


def day_micros(at: time) -> int:
    """Microseconds after local midnight."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
