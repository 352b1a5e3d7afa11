"""When a number may ring: pure decision over a locality, rules, holidays and an instant.

A call is lawful when, in every zone in which the number may ring and under every rule that binds
there on that local day, the moment of dialing and the end of the ringing lie in one window.
Windows are half-open local times [start, end), as 47 CFR 64.1200(c)(1) and the TSR are read by
the trade: 21:00 exactly is outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from dialer.rules.holiday import Calendar
from dialer.rules.law import EVERYWHERE, Rule, Window, countries, day_micros, in_force
from dialer.rules.locality import MAX_ZONES, Locality
from dialer.rules.wall_clock import (
    MICROSECOND,
    Span,
    intersection,
    known_zones,
    micros,
    midnight,
    moment,
    spans_of,
    union,
)

SEARCH_DAYS = 40
_NEAR_DAYS = (3, 10)  # most verdicts turn within hours, nearly all over a long weekend


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed now, or why not and when it will be (None: not within `SEARCH_DAYS`).

    Allowed for all moments of [now, closes_at); refused for all of [now, next_lawful_at).
    `binding` are the rules that bind on the local days of `now`.
    """

    allowed: bool
    reasons: tuple[str, ...] = ()
    next_lawful_at: datetime | None = None
    closes_at: datetime | None = None
    binding: tuple[Rule, ...] = ()


def decide(
    now: datetime, locality: Locality, rules: Sequence[Rule], closed: Calendar, margin: timedelta
) -> Verdict:
    """May a number of this locality ring at `now` and until `now + margin`?

    `rules` are all versions of all rules that apply there (`Law.applicable`), with the campaign's
    own window as one more. Fails closed: a blocked locality, no zone, more than three, an unknown
    one, no rule of the country, an unreadable or unconfirmed one of it. Raises `ValueError` for a
    moment without its zone or a negative margin.
    """
    if now.tzinfo is None:
        raise ValueError("the moment of a decision must be aware of its zone")
    zones = _zones(locality)
    if not zones:
        return Verdict(False, (locality.blocked or "zone_unknown",))
    return _Question(locality, zones, rules, closed, margin).at(now)


def lawful_spans(
    first: date,
    days: int,
    locality: Locality,
    rules: Sequence[Rule],
    closed: Calendar,
    margin: timedelta,
) -> list[tuple[datetime, datetime]]:
    """All half-open spans of moments at which `decide` allows a dial, on so many days of UTC."""
    question = _Question(locality, _zones(locality), rules, closed, margin)
    return [(moment(low), moment(high)) for low, high in question.spans(first, days)]


def open_windows(
    day: date, locality: Locality, rules: Sequence[Rule], closed: Calendar
) -> tuple[Window, ...]:
    """The windows that all rules leave on a local day of the place, in any of its zones."""
    return tuple(Window.between(*ends) for ends in _Day(day, locality, rules, closed).common)


def _zones(locality: Locality) -> tuple[ZoneInfo, ...]:
    """The zones of a locality; none when it is not known where its numbers ring."""
    if locality.blocked or len(locality.zones) > MAX_ZONES:
        return ()
    try:
        return known_zones(locality.zones)
    except ValueError:
        return ()


class _Day:
    """One local day of one locality: the rules that bind on it and the windows they leave."""

    def __init__(
        self, day: date, locality: Locality, rules: Sequence[Rule], closed: Calendar
    ) -> None:
        self.bound = in_force(rules, day)
        self._day = day
        self._locality = locality
        self._closed = closed
        self._countries = countries(locality.country, locality.states)
        self.no_rule = not self._countries <= {rule.jurisdiction for rule in self.bound}

    @cached_property
    def common(self) -> list[tuple[int, int]]:
        """The windows that all rules leave, in microseconds after local midnight."""
        if self.no_rule or any(self.shut(rule) for rule in self.bound):
            return []
        left = [(0, 86_400_000_000)]
        for rule in self.bound:
            own = [window.micros() for window in self.windows(rule)]
            both = ((max(a, c), min(b, d)) for a, b in left for c, d in own)
            left = [(low, high) for low, high in both if low < high]
        return left

    def shut(self, rule: Rule) -> str:
        """Why a rule lets no call through at all; `` when it is a matter of the hour."""
        if rule.fault:
            return f"rule_unreadable:{rule.rule_id}"
        if rule.hard_block:
            return f"hard_block:{rule.rule_id}"
        if not rule.confirmed and rule.jurisdiction in self._countries:
            return f"rule_unconfirmed:{rule.rule_id}"
        return ""

    def windows(self, rule: Rule) -> tuple[Window, ...]:
        """The rule's windows on this day, a holiday or not."""
        if rule.holiday_hours is not None and self.holiday(rule):
            return rule.holiday_hours
        return rule.hours[self._day.weekday()]

    def holiday(self, rule: Rule) -> str:
        """The name of the holiday that the rule keeps on this day, if it minds holidays.

        A state's rule minds the state's; a rule of the country or of everybody minds the
        country's and those of every state in which the number may ring.
        """
        if rule.holiday_hours is None:
            return ""
        places: tuple[str, ...] = (rule.jurisdiction,)
        if rule.jurisdiction in (EVERYWHERE, self._locality.country):
            places = (self._locality.country, *self._locality.states)
        return self._closed.any_name(places, self._day)

    def refusal(self, rule: Rule, first: datetime, last: datetime, zone: str) -> str:
        """Why the rule refuses a call from `first` to `last` (local); `` when it does not."""
        if shut := self.shut(rule):
            return shut
        begins, ends = day_micros(first.time()), day_micros(last.time())
        windows = (window.micros() for window in self.windows(rule))
        if first.date() == last.date() and any(
            start <= begins < end and start <= ends < end for start, end in windows
        ):
            return ""
        if name := self.holiday(rule):
            return f"holiday:{rule.rule_id}:{name.replace(':', ' ')}:{zone}"
        return f"outside_window:{rule.rule_id}:{zone}"


class _Question:
    """One decision; each local day is worked out once for all zones."""

    def __init__(
        self,
        locality: Locality,
        zones: Sequence[ZoneInfo],
        rules: Sequence[Rule],
        closed: Calendar,
        margin: timedelta,
    ) -> None:
        if margin < timedelta(0):
            raise ValueError("a margin reaches forward in time")
        self._locality = locality
        self._zones = zones
        self._rules = rules
        self._closed = closed
        self._margin = margin
        self._days: dict[date, _Day] = {}

    def at(self, now: datetime) -> Verdict:
        """The verdict at a moment, and until when it stands."""
        reasons: dict[str, None] = {}
        binding: dict[tuple[str, int], Rule] = {}
        for zone in self._zones:
            first, last = now.astimezone(zone), (now + self._margin).astimezone(zone)
            day = self._day(first.date())
            binding.update({(rule.rule_id, rule.version): rule for rule in day.bound})
            refusals = ["no_rule"] if day.no_rule else []
            refusals += [day.refusal(rule, first, last, zone.key) for rule in day.bound]
            reasons.update(dict.fromkeys(filter(None, refusals)))
        turns = self._turns(micros(now), not reasons)
        if reasons:
            return Verdict(
                False, tuple(reasons), next_lawful_at=turns, binding=tuple(binding.values())
            )
        return Verdict(True, closes_at=turns, binding=tuple(binding.values()))

    def _turns(self, now: int, allowed: bool) -> datetime | None:
        """The first moment after `now` with the other answer, looking near before far.

        None, or for a verdict that stands longer the end of the search, when there is none.
        """
        today = moment(now).date()
        for days in (*_NEAR_DAYS, SEARCH_DAYS):
            spans = self.spans(today, days)
            if allowed:
                closes = next(high for low, high in spans if low <= now < high)
                if closes < midnight(today + timedelta(days=days)) or days == SEARCH_DAYS:
                    return moment(closes)
            elif opens := next((low for low, _ in spans if low > now), None):
                return moment(opens)
        return None

    def spans(self, first: date, days: int) -> list[Span]:
        """All lawful moments of so many days (UTC)."""
        if not self._zones:
            return []
        found = [(midnight(first), midnight(first + timedelta(days=days)))]
        margin = self._margin // MICROSECOND
        # A local day begins up to 14 hours before the day of the same date in UTC.
        dates = [first + timedelta(days=ahead) for ahead in range(-1, days + 1)]
        for zone in self._zones:
            per_day = (spans_of(zone, day, self._day(day).common, margin) for day in dates)
            found = intersection(found, union(span for spans in per_day for span in spans))
        return found

    def _day(self, day: date) -> _Day:
        if day not in self._days:
            self._days[day] = _Day(day, self._locality, self._rules, self._closed)
        return self._days[day]
