"""The law in the database: installed from the pack, kept in versions, read as one value."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from dialer import held_leads, rule_pack
from dialer.errors import NotFound
from dialer.models import CallingRule, StateHoliday
from dialer.rules.holiday import Calendar
from dialer.rules.law import EVERYWHERE, Law, Rule, in_force
from dialer.rules.rule_text import (
    Unreadable,
    caps_from,
    place_from,
    week_from,
    windows_from,
)

WRITERS = 7_251_003
"""Advisory lock: versions are given one at a time, and become visible in their order."""
UNSURE = ("verify", "low")
_laws: WeakKeyDictionary[Engine, Law] = WeakKeyDictionary()


def law(session: Session) -> Law:
    """The whole law as of this transaction; read again only when a row has been added."""
    engine = session.get_bind().engine
    stamp = _stamp(session)
    known = _laws.get(engine)
    if known is None or known.stamp != stamp:
        known = _laws[engine] = _read(session, stamp)
    return known


def every(session: Session) -> list[CallingRule]:
    """All versions of all rules, by id and version."""
    return list(session.scalars(select(CallingRule).order_by(CallingRule.id, CallingRule.version)))


def newest(session: Session) -> dict[str, CallingRule]:
    """The highest version of each rule, whether it is in force or not."""
    return {row.id: row for row in every(session)}


def find(session: Session, rule_id: str) -> list[CallingRule]:
    """The versions of one rule, oldest first. Raises `NotFound`."""
    rows = session.scalars(
        select(CallingRule).where(CallingRule.id == rule_id).order_by(CallingRule.version)
    ).all()
    if not rows:
        raise NotFound(f"there is no rule {rule_id!r}", "`dialer rules list` names them all")
    return list(rows)


def binding(session: Session, now: datetime) -> frozenset[tuple[str, int]]:
    """Ids and versions that bind today (by the date of UTC)."""
    rules = in_force(law(session).rules, now.date())
    return frozenset((rule.rule_id, rule.version) for rule in rules)


def install(session: Session, now: datetime) -> int:
    """Bring the shipped pack into the table; returns how many rows that took. Repeatable.

    A new id gets version 1. An id whose shipped row has changed gets a new version, unless the
    operator has changed its substance since (a confirmation is no change): then their version
    stays, and `dialer rules diff` shows both. Nothing is ever removed.
    """
    serialise(session)
    added = 0
    history: dict[str, list[CallingRule]] = {}
    for row in every(session):
        history.setdefault(row.id, []).append(row)
    for rule_id, wanted in rule_pack.shipped().items():
        versions = history.get(rule_id, [])
        last = next((row for row in reversed(versions) if rule_pack.is_shipped(row)), None)
        if versions and (last is None or rule_pack.substance(last) == wanted):
            continue
        if last and rule_pack.substance(versions[-1]) != rule_pack.substance(last):
            continue
        add_version(session, wanted, len(versions) + 1, now, reason=rule_pack.PACK)
        added += 1
    return added + _install_days(session, now)


def unconfirmed(row: CallingRule) -> bool:
    """Is the source doubtful and has nobody vouched for this version?"""
    return row.confidence in UNSURE and not row.confirmed_by


def rule_of(row: CallingRule) -> Rule:
    """A stored version as a value; one that cannot be read says so in `fault` and has no hours."""
    rule = Rule(
        rule_id=row.id,
        version=row.version,
        jurisdiction=row.jurisdiction,
        call_class=row.call_class,
        authority=row.authority,
        hours=((),) * 7,
        hard_block=row.hard_block,
        consent=row.consent,
        recording=row.recording,
        scrub_days=row.scrub_days,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        confidence=row.confidence,
        confirmed=not unconfirmed(row),
    )
    try:
        place_from(row.jurisdiction)
    except Unreadable as fault:  # nobody can tell where it applies, so it closes every place
        return replace(rule, jurisdiction=EVERYWHERE, fault=str(fault))
    try:
        closed = None if row.holidays is None else windows_from("holidays", row.holidays)
        week, caps = week_from(row.hours), caps_from(row.caps)
    except Unreadable as fault:
        return replace(rule, fault=str(fault))
    return replace(rule, hours=week, holiday_hours=closed, caps=caps)


def _read(session: Session, stamp: tuple[int, ...]) -> Law:
    rows = session.scalars(select(StateHoliday).order_by(StateHoliday.id))
    corrections = {(row.jurisdiction, row.day): row.name if row.closed else None for row in rows}
    rules = tuple(rule_of(row) for row in every(session))
    return Law(rules, Calendar(corrections), stamp)


def _stamp(session: Session) -> tuple[int, ...]:
    """Changes with every row added to either table; the counts see rows that commit late."""
    rules = select(func.coalesce(func.max(CallingRule.serial), 0)).scalar_subquery()
    days = select(func.coalesce(func.max(StateHoliday.id), 0)).scalar_subquery()
    count_rules = select(func.count(CallingRule.serial)).scalar_subquery()
    count_days = select(func.count(StateHoliday.id)).scalar_subquery()
    return tuple(session.execute(select(rules, days, count_rules, count_days)).one())


def _install_days(session: Session, now: datetime) -> int:
    known = select(StateHoliday.jurisdiction, StateHoliday.day, StateHoliday.name)
    present = {tuple(row) for row in session.execute(known)}
    missing = [
        day
        for day in rule_pack.shipped_days()
        if (day.jurisdiction, day.day, day.name) not in present
    ]
    for day in missing:
        session.add(
            StateHoliday(
                jurisdiction=day.jurisdiction,
                day=day.day,
                name=day.name,
                closed=day.closed,
                source=day.source,
                created_at=now,
            )
        )
    session.flush()
    return len(missing)


def add_version(
    session: Session,
    substance: dict[str, Any],
    version: int,
    now: datetime,
    *,
    reason: str,
    by: str = "",
    confirmed_by: str = "",
) -> CallingRule:
    """Add a version under `serialise`; `substance` are the columns of `rule_pack.substance`.

    Leads that were held, perhaps by what the rule said before, are judged anew.
    """
    told = f"{reason} (by {by})" if by else reason
    row = CallingRule(
        **substance, version=version, confirmed_by=confirmed_by, reason=told, created_at=now
    )
    session.add(row)
    session.flush()
    held_leads.reconsider(session, now)
    return row


def serialise(session: Session) -> None:
    """Let no other transaction change the rules until this one ends."""
    session.execute(select(func.pg_advisory_xact_lock(WRITERS)))
