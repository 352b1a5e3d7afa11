"""Which running campaigns the coming versions of the law will change, and how."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, any_, func, select, true
from sqlalchemy.orm import Session

from dialer import calling_rules, rule_pack
from dialer.models import CallingRule, Campaign, Lead, Locality
from dialer.rules import locality as places
from dialer.rules import rule_words
from dialer.rules.calling_window import open_windows
from dialer.rules.law import EVERYWHERE, WEEKDAYS, Law
from dialer.verdicts import campaign_rule

AFFECTED = ("running", "scheduled", "paused", "draining")
CLASSES = ("automated", "live")
OPEN_LEADS = ("ready", "waiting")
HOME = "US"
"""The country by which a change for everybody is shown."""


@dataclass(frozen=True, slots=True)
class Affected:
    """A campaign under a change: its open leads there, and its hours of the week there, now and
    then (law, preset and the campaign's own window together)."""

    campaign_id: int
    name: str
    state: str
    leads: int
    hours_before: str
    hours_after: str


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A version that begins or ends on a local day, what it changes, and for whom."""

    rule_id: str
    version: int
    jurisdiction: str
    authority: str
    confirmed: bool
    day: date
    what: str
    words: list[str]
    campaigns: list[Affected]


def upcoming(session: Session, now: datetime, days: int) -> list[Upcoming]:
    """Versions that begin or end within so many days, the next first."""
    law, today = calling_rules.law(session), now.date()
    until = today + timedelta(days=days)
    found = []
    rows = calling_rules.every(session)
    for row in rows:
        for day, what in ((row.effective_from, "begins"), (row.effective_to, "ends")):
            if day and today < day <= until and not _replaced(row, rows, day):
                found.append(_told(session, law, row, rows, day, what))
    return sorted(found, key=lambda one: (one.day, one.rule_id))


def _replaced(row: CallingRule, rows: list[CallingRule], day: date) -> bool:
    """Does a newer version of the same rule bind on that day anyway?"""
    return any(
        other.id == row.id
        and other.version > row.version
        and other.effective_from <= day
        and (other.effective_to is None or day < other.effective_to)
        for other in rows
    )


def _told(
    session: Session, law: Law, row: CallingRule, rows: list[CallingRule], day: date, what: str
) -> Upcoming:
    before = _bound(row.id, rows, day - timedelta(days=1))
    after = _bound(row.id, rows, day)
    if before and after:
        words = rule_words.changes(rule_pack.substance(before), rule_pack.substance(after))
    elif after:
        words = [f"hours: {rule_words.week(after.hours)}", f"caps: {rule_words.caps(after.caps)}"]
        words.append(f"holidays: {rule_words.holidays(after.holidays)}")
    else:
        words = ["no longer in force"]
    return Upcoming(
        rule_id=row.id,
        version=row.version,
        jurisdiction=row.jurisdiction,
        authority=row.authority,
        confirmed=not calling_rules.unconfirmed(row),
        day=day,
        what=what,
        words=words,
        campaigns=list(_affected(session, law, row, day)),
    )


def _bound(rule_id: str, rows: list[CallingRule], day: date) -> CallingRule | None:
    in_force = [
        row
        for row in rows
        if row.id == rule_id
        and row.effective_from <= day
        and (row.effective_to is None or day < row.effective_to)
    ]
    return max(in_force, key=lambda row: row.version, default=None)


def _affected(session: Session, law: Law, row: CallingRule, day: date) -> Iterator[Affected]:
    counted = (
        select(Campaign, func.count(Lead.id))
        .join(Lead, Lead.campaign_id == Campaign.id)
        .join(Locality, Locality.id == Lead.locality_id)
        .where(Campaign.state.in_(AFFECTED), Lead.state.in_(OPEN_LEADS), _lies_in(row))
        .where(Campaign.call_class.in_(CLASSES if row.call_class == "any" else (row.call_class,)))
        .group_by(Campaign.id)
        .order_by(Campaign.id)
    )
    for campaign, leads in session.execute(counted):
        weeks = [
            _week(law, campaign, row.jurisdiction, first) for first in (day - timedelta(7), day)
        ]
        yield Affected(campaign.id, campaign.name, campaign.state, leads, *weeks)


def _lies_in(row: CallingRule) -> ColumnElement[bool]:
    if row.jurisdiction == EVERYWHERE:
        return true()
    if "-" in row.jurisdiction:
        return any_(Locality.states) == row.jurisdiction
    return Locality.country == row.jurisdiction


def _week(law: Law, campaign: Campaign, jurisdiction: str, first: date) -> str:
    """The campaign's hours in the seven days from `first` on, holidays left aside."""
    country = HOME if jurisdiction == EVERYWHERE else jurisdiction[:2]
    states = (jurisdiction,) if "-" in jurisdiction else ()
    place = places.Locality(country, ("Etc/UTC",), states)
    rules = [*law.applicable(country, states, campaign.call_class), campaign_rule(campaign)]
    plain = [replace(rule, holiday_hours=None) for rule in rules]
    week = {
        WEEKDAYS[day.weekday()]: [str(one) for one in open_windows(day, place, plain, law.closed)]
        for day in (first + timedelta(days=ahead) for ahead in range(7))
    }
    return rule_words.week(week)
