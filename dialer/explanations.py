"""Why was it called or not, would it be now, and when: asked by lead, phone or attempt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import calling_rules, decisions
from dialer.decisions import Ruling
from dialer.errors import NotFound
from dialer.gate import Gate
from dialer.models import Attempt, Campaign, Lead, Phone
from dialer.phone import PhoneInvalid, parse
from dialer.reason_words import Told, in_words

Ask = Callable[[Lead], Ruling]
"""Judges a lead as the dial would, now, and writes nothing."""

HINT = "Give a lead id, a phone number or an attempt id"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one lead's calling: where it stands, what would happen now, and all that
    was decided and dialed, oldest first."""

    lead_id: int
    campaign_id: int
    campaign: str
    state: str
    reason: str
    reason_words: str
    next_attempt_at: datetime | None
    now: dict[str, Any]
    attempts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)


def explain(session: Session, key: str, ask: Ask) -> list[Explanation]:
    """All leads that `key` (lead id, phone number or attempt uuid) names; nothing is written.

    Raises `NotFound`.
    """
    leads = session.scalars(
        select(Lead).where(Lead.id.in_(_lead_ids(session, key))).order_by(Lead.id)
    ).all()
    if not leads:
        raise NotFound(f"nothing is known of {key!r}", HINT)
    return [_explained(session, lead, ask(lead)) for lead in leads]


def at_the_gate(session: Session, now: datetime) -> Ask:
    """The dial's own gate, asked about this moment."""
    gate = Gate(session, calling_rules.law(session), now)

    def ask(lead: Lead) -> Ruling:
        campaign = session.get_one(Campaign, lead.campaign_id)
        return gate.rule_one(lead, campaign, session.get_one(Phone, lead.phone_id))

    return ask


def standing(campaign: Campaign) -> str:
    """How the campaign stands: its state, why, and until when."""
    why = f" ({campaign.state_reason})" if campaign.state_reason else ""
    until = f" until {_moment(campaign.resume_at)}" if campaign.resume_at else ""
    return f"the campaign is {campaign.state}{why}{until}"


def _lead_ids(session: Session, key: str) -> list[int]:
    try:
        attempt = session.get(Attempt, UUID(key))
        return [attempt.lead_id] if attempt else []
    except ValueError:
        pass
    if key.isdigit() and len(key) < 10:
        return [int(key)]
    try:
        number = parse(key)
    except PhoneInvalid as fault:
        raise NotFound(str(fault), HINT) from None
    return list(
        session.scalars(
            select(Lead.id).join(Phone, Phone.id == Lead.phone_id).where(Phone.e164 == number)
        )
    )


def _explained(session: Session, lead: Lead, ruling: Ruling) -> Explanation:
    campaign = session.get_one(Campaign, lead.campaign_id)
    attempts = session.scalars(
        select(Attempt).where(Attempt.lead_id == lead.id).order_by(Attempt.ordinal)
    )
    told = Told.of(ruling.rules, ruling.facts, standing(campaign))
    return Explanation(
        lead_id=lead.id,
        campaign_id=campaign.id,
        campaign=campaign.name,
        state=lead.state,
        reason=lead.reason,
        reason_words=in_words(lead.reason, told) if lead.reason else "",
        next_attempt_at=lead.next_attempt_at,
        now=_now(lead, ruling, told),
        attempts=[_attempted(one) for one in attempts],
        decisions=decisions.of_lead(session, lead.id),
    )


def _now(lead: Lead, ruling: Ruling, told: Told) -> dict[str, Any]:
    """The ruling of this moment, and what it means for a lead in its state."""
    return {
        "allowed": ruling.allowed,
        "words": _verdict(lead, ruling, told),
        "reasons": [{"code": one, "words": in_words(one, told)} for one in ruling.reasons],
        "rules": list(ruling.rules),
        "zones": list(ruling.zones),
        "next_lawful_at": ruling.next_lawful_at,
        "facts": ruling.facts,
    }


def _verdict(lead: Lead, ruling: Ruling, told: Told) -> str:
    if lead.state == "in_call":
        return "a call is under way"
    if lead.state == "done":
        ended = lead.reason or lead.disposition or "it is done"
        return f"will not be called again: {in_words(ended, told)}"
    if not ruling.allowed:
        against = "; ".join(in_words(one, told) for one in ruling.reasons)
        when = (
            f"next lawful moment {_moment(ruling.next_lawful_at)}"
            if ruling.next_lawful_at
            else "no lawful moment in sight until something of this changes"
        )
        return f"would be refused now: {against}; {when}"
    if lead.state == "ready":
        return "may be called now and waits for its turn: a free line, money and the carrier's pace"
    if lead.state == "waiting" and lead.next_attempt_at:
        return f"may be called now, but waits until {_moment(lead.next_attempt_at)}"
    return f"nothing of the law stands against a call now, but the lead is {lead.state}"


def _attempted(one: Attempt) -> dict[str, Any]:
    return {
        "attempt_id": str(one.id),
        "state": one.state,
        "disposition": one.disposition,
        "reserved_at": one.reserved_at,
        "placing_at": one.placing_at,
        "caller_id": one.caller_id,
        "cause": one.cause,
    }


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
