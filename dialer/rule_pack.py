"""The rule pack: CSV rows of law and of states' holidays, read row by row; ours and an operator's.

A pack row says what a rule is; the table adds the version, who vouched for it and why it changed.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from dialer.errors import InputError
from dialer.models import CallingRule
from dialer.rules.rule_text import COLUMNS, Unreadable, content, place_from

PACK = "pack 1"
"""The `reason` of versions that come with the product; raise it when the shipped CSV changes."""
CONTENT = (
    "jurisdiction",
    "call_class",
    "hours",
    "holidays",
    "caps",
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
"""The columns of the table in which two versions of a rule can differ in substance."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was refused: where, why, and what to do."""

    line: int
    column: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of a file by id (columns of the table), their lines, and the rows at fault."""

    rules: dict[str, dict[str, Any]]
    lines: dict[str, int]
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day that a jurisdiction closes or, against the calendar, opens."""

    jurisdiction: str
    day: date
    name: str
    closed: bool
    source: str


def read(lines: Iterable[str]) -> Pack:
    """Read a rule pack; a faulty row is told and left out.

    Raises `InputError` when the header lacks a column, for then no row can be understood.
    """
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"the rule file has no column {', '.join(missing)}",
            f"The first line must name: {', '.join(COLUMNS)}",
        )
    pack = Pack({}, {}, [])
    for row in reader:
        try:
            rule = content(row)
            if rule["id"] in pack.rules:
                raise Unreadable("id", f"{rule['id']!r} stands twice in the file", "Keep one row")
            pack.rules[rule["id"]] = rule
            pack.lines[rule["id"]] = reader.line_num
        except Unreadable as fault:
            pack.faults.append(Fault(reader.line_num, fault.column, fault.problem, fault.remedy))
    return pack


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """The product's own rules by id."""
    pack = read(_lines("calling_rules.csv"))
    if pack.faults:
        raise InputError(f"the shipped rule pack has faults: {pack.faults}", "Install again")
    return pack.rules


@cache
def shipped_days() -> tuple[ClosedDay, ...]:
    """The states' holidays that the `holidays` package does not list."""
    return tuple(
        ClosedDay(
            place_from(row["jurisdiction"]),
            date.fromisoformat(row["day"]),
            row["name"],
            row["closed"] == "yes",
            row["source"],
        )
        for row in csv.DictReader(_lines("state_holidays.csv"))
    )


def substance(rule: CallingRule) -> dict[str, Any]:
    """What a stored version says, without its number and history; comparable with a pack row."""
    return {"id": rule.id, **{column: getattr(rule, column) for column in CONTENT}}


def is_shipped(rule: CallingRule) -> bool:
    """Did this version come with the product?"""
    return re.fullmatch(r"pack \d+", rule.reason) is not None


def _lines(name: str) -> list[str]:
    return resources.files("dialer").joinpath("data", name).read_text("utf-8").splitlines()
