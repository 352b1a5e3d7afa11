"""REST: the law as data: rules, what is doubtful, what is coming, and an operator's changes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from dialer import (
    calling_rules,
    phone_input,
    rule_changes,
    rule_forecast,
    rule_lookup,
    rule_review,
)
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_rule_views import Confirmation, NewPreset, RuleView
from dialer.db import transaction
from dialer.rule_forecast import Upcoming
from dialer.rule_lookup import Answer
from dialer.rule_review import Difference, Finding

router = APIRouter(
    prefix="/rules",
    route_class=ProblemRoute,
    dependencies=[Depends(bearer)],
    responses=PROBLEMS,
    tags=["rules"],
)


@router.get("")
def every(it: Wired, jurisdiction: str | None = None) -> list[RuleView]:
    """All versions of all rules, or of those of one jurisdiction such as `US-FL`."""
    with transaction(it.sessions) as session:
        binding = calling_rules.binding(session, it.clock.of(session))
        rows = calling_rules.every(session)
    return [RuleView.of(row, binding) for row in rows if jurisdiction in (None, row.jurisdiction)]


@router.get("/upcoming")
def upcoming(it: Wired, days: Annotated[int, Query(ge=1, le=3650)] = 365) -> list[Upcoming]:
    """Versions that begin or end soon, with the campaigns that they change."""
    with transaction(it.sessions) as session:
        return rule_forecast.upcoming(session, it.clock.of(session), days)


@router.get("/check")
def check(it: Wired) -> list[Finding]:
    """What is unreadable, unconfirmed, contradictory, old or absent."""
    with transaction(it.sessions) as session:
        return rule_review.check(session, it.clock.of(session))


@router.get("/diff")
def diff(it: Wired) -> list[Difference]:
    """The rules here against the shipped pack, and each newest version against the one before."""
    with transaction(it.sessions) as session:
        return rule_review.diff(session)


@router.get("/lookup")
def lookup(
    it: Wired, phone: str, at: AwareDatetime | None = None, call_class: str = "automated"
) -> Answer:
    """What the law says of a number now or at a moment, with the rules that bind there."""
    number = phone_input.number(phone)
    with transaction(it.sessions) as session:
        when = at or it.clock.of(session)
        ringing = it.settings.ring_timeout_seconds
        return rule_lookup.ask(session, number, when, ringing, call_class)


@router.post("/preset", status_code=201)
def widen(wanted: NewPreset, it: Wired) -> RuleView:
    """Give the conservative preset other hours; the law keeps binding beside it."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        row = rule_changes.widen(session, wanted.fields(), wanted.reason, wanted.by, now)
        return RuleView.of(row, calling_rules.binding(session, now))


@router.post("/{rule_id}/confirm", status_code=201)
def confirm(rule_id: str, wanted: Confirmation, it: Wired) -> RuleView:
    """Vouch for a rule of doubtful source."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        row = rule_changes.confirm(session, rule_id, wanted.by, wanted.reason, now)
        return RuleView.of(row, calling_rules.binding(session, now))
