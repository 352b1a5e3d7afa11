"""Where area codes, states and postal codes lie: the tables of `dialer/data/`, read once.

`dialer/data/SOURCES.md` says where each table comes from.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1), states (ISO 3166-2, as `US-FL`) and zones (IANA), each sorted."""

    country: str
    states: tuple[str, ...]
    zones: tuple[str, ...]


@cache
def area_codes() -> Mapping[str, Place]:
    """North American area codes that are bound to a place, by their three digits.

    The zones ignore the exchange: numbers are ported, and overlays share the ground of the code
    that they were added to.
    """
    return {row["area_code"]: _place(row["country"], row) for row in _table("area_codes.csv")}


@cache
def states() -> Mapping[str, Place]:
    """States, districts, territories and provinces by their ISO 3166-2 code."""
    return {
        row["state"]: Place(row["state"][:2], (row["state"],), tuple(row["zones"].split()))
        for row in _table("states.csv")
    }


@cache
def state_names() -> Mapping[str, str]:
    """ISO 3166-2 codes by what people write: `ny`, `us-ny`, `new york`; all in lower case."""
    names: dict[str, str] = {}
    for row in _table("states.csv"):
        code = row["state"]
        for name in (code, code.partition("-")[2], row["name"]):
            names[name.lower()] = code
    return names | {"washington dc": "US-DC", "washington d.c.": "US-DC", "d.c.": "US-DC"}


@cache
def postal_prefixes() -> Mapping[str, Place]:
    """Places of the first three digits of a ZIP, and of the first letter of a Canadian code."""
    return {
        row["prefix"]: _place("US" if row["prefix"].isdigit() else "CA", row)
        for row in _table("postal_prefixes.csv")
    }


def _place(country: str, row: Mapping[str, str]) -> Place:
    return Place(country, tuple(row["states"].split()), tuple(row["zones"].split()))


def _table(name: str) -> Iterator[dict[str, str]]:
    text = (files("dialer") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
