"""The law of every area code over a year against a slow, obvious reading of the same CSV files.

The reference reads text, formats local times and compares strings: no spans, no offsets. It asks
at every boundary of every rule of every local day, a minute around it and the margin before it.
"""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
from unit.dialer.rules.shipped_law import shipped_law

import dialer
from dialer import geography
from dialer.rules.calling_window import decide, lawful_spans
from dialer.rules.law import PRESET, Rule
from dialer.rules.locality import Locality, locate

DATA = Path(dialer.__file__).parent / "data"
FIRST, DAYS = date(2026, 7, 1), 365  # holds 18 October, both changes of the clock, all holidays
MARGIN = timedelta(seconds=35)
WEEK = ["mon_fri"] * 5 + ["sat", "sun"]
LAW = shipped_law()
NEVER = datetime.max.replace(tzinfo=UTC)
Windows = list[tuple[str, str]]


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


ROWS = read("calling_rules.csv")
EXTRA = {(row["jurisdiction"], row["day"]) for row in read("state_holidays.csv")}


@cache
def listed(place: str, year: int) -> set[date]:
    country, _, state = place.partition("-")
    try:
        return set(holidays.country_holidays(country, subdiv=state or None, years=year))
    except NotImplementedError:  # a state of which the package knows nothing
        return set(holidays.country_holidays(country, years=year))


def is_holiday(places: list[str], day: date) -> bool:
    return any(
        day in listed(place, day.year) or (place, day.isoformat()) in EXTRA for place in places
    )


def hours_of(row: dict[str, str], day: date, place: Locality) -> Windows:
    own_state = row["jurisdiction"] in place.states
    where = [row["jurisdiction"]] if own_state else [place.country, *place.states]
    text = row[WEEK[day.weekday()]]
    if row["holidays"] != "allowed" and is_holiday(where, day):
        text = row["holidays"]
    if row["hard_block"] == "yes" or text == "none":
        return []
    return [(part[:5], part[6:]) for part in text.split(";")]


@cache
def hours_on(day: date, place: Locality) -> dict[str, Windows]:
    """What each rule that binds on a local day allows there, by the rule's id."""
    return {
        row["id"]: hours_of(row, day, place)
        for row in ROWS
        if row["jurisdiction"] in ("*", place.country, *place.states)
        and row["call_class"] in ("any", "automated")
        and row["effective_from"] <= day.isoformat()
    }


def refusing(moment: datetime, place: Locality) -> set[str]:
    """The reference: text against text, in every zone, for both ends of the ringing."""
    found = set()
    for zone in place.zones:
        first = moment.astimezone(ZoneInfo(zone))
        last = (moment + MARGIN).astimezone(ZoneInfo(zone))
        begins, ends = first.isoformat()[11:19], last.isoformat()[11:19]
        one_day = first.date() == last.date()
        for rule_id, windows in hours_on(first.date(), place).items():
            for low, high in windows:
                if one_day and low <= begins < high and low <= ends < high:
                    break
            else:
                found.add(rule_id)
    return found


def boundaries(place: Locality) -> Iterator[datetime]:
    """Each boundary of each rule on each day, a minute around it, and the margin before it."""
    minute, second = timedelta(minutes=1), timedelta(seconds=1)
    for zone in place.zones:
        for day in (FIRST + timedelta(days=ahead) for ahead in range(DAYS)):
            rules = hours_on(day, place).values()
            clocks = {clock for windows in rules for pair in windows for clock in pair}
            clocks -= {"00:00", "24:00"}  # of rules without hours; the others are shut by then
            midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
            for clock in clocks:
                passed = timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
                at = (midnight + passed).astimezone(UTC)  # adds to the wall clock
                yield from (at - minute, at, at + minute, at - MARGIN, at - MARGIN - second)


def places() -> list[Locality]:
    """The localities of all area codes of countries that have rules, each once."""
    found = {locate(f"+1{code}5550123").locality for code in geography.area_codes()}
    return sorted(
        (place for place in found if not place.blocked and place.country in ("US", "CA")), key=str
    )


class Walk:
    """Asks sorted spans about moments in rising order."""

    def __init__(self, place: Locality, rules: tuple[Rule, ...]) -> None:
        self._spans = iter(lawful_spans(FIRST, DAYS + 1, place, rules, LAW.closed, MARGIN))
        self._low = self._high = datetime.min.replace(tzinfo=UTC)

    def holds(self, moment: datetime) -> bool:
        while moment >= self._high:
            self._low, self._high = next(self._spans, (NEVER, NEVER))
        return self._low <= moment


def test_every_area_code_over_a_year() -> None:
    chance = random.Random(1)
    checked = 0
    for place in places():
        rules = LAW.applicable(place.country, place.states, "automated")
        alone = tuple(rule for rule in rules if rule.rule_id != PRESET)
        of_law, of_preset = Walk(place, alone), Walk(place, rules)
        asked = sorted({moment for moment in boundaries(place) if moment.date() >= FIRST})
        for moment in asked:
            against = refusing(moment, place)
            assert of_preset.holds(moment) is (not against), (place, moment)
            assert of_law.holds(moment) is (against <= {PRESET}), (place, moment)
        for moment in chance.sample(asked, 20):
            shifted = moment + timedelta(minutes=chance.randrange(1440))
            verdict = decide(shifted, place, rules, LAW.closed, MARGIN)
            told = {reason.split(":")[1] for reason in verdict.reasons}
            assert told == refusing(shifted, place), (place, shifted)
        checked += len(asked)
    assert checked > 500_000
