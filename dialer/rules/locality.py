"""Where a number may ring: the zones and states whose hours all have to be open."""

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from dialer import geography, phone

MAX_ZONES = 3
NON_GEOGRAPHIC = "001"  # libphonenumber's region of numbers that belong to no country
NANP = "+1"
ZIP = re.compile(r"[0-9]{5}(?:[- ]?[0-9]{4})?")
CANADIAN = re.compile(r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]")
_NOONS = [
    datetime.combine(date(2026, 1, 1) + timedelta(days=day), time(12)) for day in range(12 * 366)
]
_PREFERRED = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
)

Sources = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Locality:
    """A country (ISO 3166-1), its zones (IANA) and candidate states (ISO 3166-2, `US-FL`), sorted.

    `blocked` says why nobody can know when a call is lawful there (`number_without_place`,
    `zone_unknown`, `too_many_zones`, `country_unknown`); empty when it is known. A state may be
    one of another country than `country`: an address abroad. Zones that keep the same time by
    rule stand here once, so that `too_many_zones` counts clocks and not names.
    """

    country: str
    zones: tuple[str, ...]
    states: tuple[str, ...]
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A locality, where each zone and state of it comes from, and what could not be used.

    `sources` maps zones and states to texts such as `area code 212`, `ZIP 10001`; `notes` are
    pairs of a column and what is wrong with its text, which then adds nothing.
    """

    locality: Locality
    sources: Sources
    notes: tuple[tuple[str, str], ...] = ()


def locate(e164: str, *, region: str = "", postal_code: str = "", timezone: str = "") -> Located:
    """Where the number may ring, by its area code, the lead's address and the list's time zone.

    Zones and states of all sources are united, never chosen between: portable numbers and
    presumptions by area code (FL, OK, CT, WA) make each of them possible. `timezone` must exist
    (see `known_zones`), else `ZoneInfoNotFoundError` or `ValueError` is raised.
    """
    country = phone.country(phone.E164(e164))
    if country and e164.startswith(NANP):
        return _in_north_america(country, e164[2:5], region, postal_code, timezone)
    found = _Found()
    if country and country != NON_GEOGRAPHIC:
        found.add("the number", phone.zones(phone.E164(e164)), ())
    return found.located(country, timezone)


@lru_cache(maxsize=1 << 16)
def _in_north_america(
    country: str, area: str, region: str, postal_code: str, timezone: str
) -> Located:
    found = _Found()
    place = geography.area_codes().get(area)
    if place is None:
        return found.located(country, timezone)
    found.add(f"area code {area}", place.zones, place.states)
    zip_place = found.add_postal_code(postal_code)
    found.add_state(region, zip_place)
    return found.located(place.country, timezone)


class _Found:
    """What the sources said so far."""

    def __init__(self) -> None:
        self.zones: dict[str, tuple[str, ...]] = {}
        self.states: dict[str, tuple[str, ...]] = {}
        self.notes: list[tuple[str, str]] = []

    def add(self, source: str, zones: Iterable[str], states: Iterable[str]) -> None:
        """Note what one source says; a name that another one gave keeps both."""
        for known, names in ((self.zones, zones), (self.states, states)):
            for name in names:
                known[name] = (*known.get(name, ()), source)

    def add_postal_code(self, text: str) -> geography.Place | None:
        """A ZIP or Canadian postal code, if it is one that lies somewhere."""
        code = text.strip().upper()
        if not code:
            return None
        prefix = code[:3] if ZIP.fullmatch(code) else code[:1] if CANADIAN.fullmatch(code) else ""
        place = geography.postal_prefixes().get(prefix)
        if place is None:
            self.notes.append(("postal_code", f"{text!r} is no ZIP or postal code known here"))
            return None
        self.add(
            f"{'ZIP' if place.country == 'US' else 'postal code'} {code}", place.zones, place.states
        )
        return place

    def add_state(self, text: str, zip_place: geography.Place | None) -> None:
        """A state column; its zones are those of the ZIP where that lies in the same state."""
        plain = " ".join(text.lower().split())
        if not plain:
            return
        code = geography.state_names().get(plain)
        if code is None:
            self.notes.append(("region", f"{text!r} is no state or province known here"))
            return
        narrowed = zip_place is not None and code in zip_place.states
        zones = () if narrowed else geography.states()[code].zones
        self.add(f"state column {text.strip()}", zones, (code,))

    def located(self, country: str, timezone: str) -> Located:
        """The locality that all sources together make."""
        if not country or country == NON_GEOGRAPHIC:
            blocked = "country_unknown" if country else "number_without_place"
            return Located(Locality("", (), (), blocked), {}, tuple(self.notes))
        unknown = not self.zones
        if timezone:
            self.add("list's time zone", (timezone,), ())
        zones = {} if unknown else _by_clock(self.zones)
        blocked = "zone_unknown" if unknown else "too_many_zones" if len(zones) > MAX_ZONES else ""
        locality = Locality(country, tuple(sorted(zones)), tuple(sorted(self.states)), blocked)
        return Located(locality, zones | self.states, tuple(self.notes))


def _by_clock(zones: Sources) -> dict[str, tuple[str, ...]]:
    """One name per clock, with the sources of all names that keep its time."""
    merged: dict[str, tuple[str, ...]] = {}
    chosen: dict[bytes, str] = {}
    for name in sorted(zones, key=lambda zone: (zone not in _PREFERRED, zone)):
        kept = chosen.setdefault(clock_of(name), name)
        told = zones[name] if kept == name else tuple(f"{one} ({name})" for one in zones[name])
        merged[kept] = (*merged.get(kept, ()), *told)
    return merged


@cache
def clock_of(zone: str) -> bytes:
    """What the zone's clock shows against UTC at noon of each day for twelve years from 2026.

    Zones with the same, as Detroit and New York, keep the same time by rule.
    """
    there = ZoneInfo(zone)
    offsets = (there.utcoffset(noon) or timedelta() for noon in _NOONS)
    return array("i", [one.days * 86_400 + one.seconds for one in offsets]).tobytes()
