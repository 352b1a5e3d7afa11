"""The record of every dial and every refusal, and the answer to "why?"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dialer.errors import NotFound
from dialer.models import Attempt, Decision, Lead, Phone
from dialer.phone import PhoneInvalid, parse


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision in words: allowed, or the reasons against, with all that was looked at.

    `rules` name id, version, authority and confidence. `facts` is plain JSON: country, states,
    sources, call_class, consent, caller_id, caps, dialed, recording, reserved_micros,
    time_limit_seconds, epoch, closes_at, script_sha256, erasure_checked.
    """

    allowed: bool
    reasons: tuple[str, ...] = ()
    rules: tuple[dict[str, Any], ...] = ()
    zones: tuple[str, ...] = ()
    next_lawful_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def with_facts(self, more: Mapping[str, Any]) -> "Ruling":
        """The same ruling with more facts."""
        return replace(self, facts={**self.facts, **more})


@dataclass(frozen=True, slots=True)
class Written:
    """A ruling on one lead, to be written down; `stage` is import, reserve or place."""

    lead: Lead
    stage: str
    ruling: Ruling
    attempt_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one lead's calling: its state and every decision, oldest first."""

    lead_id: int
    campaign_id: int
    state: str
    reason: str
    next_attempt_at: datetime | None
    attempts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)


def record(
    session: Session,
    lead: Lead,
    stage: str,
    ruling: Ruling,
    now: datetime,
    attempt_id: UUID | None = None,
) -> None:
    """Write the decision row of a dial (with its attempt) or of a refusal."""
    record_all(session, [Written(lead, stage, ruling, attempt_id)], now)


def record_all(session: Session, rows: Sequence[Written], now: datetime) -> None:
    """Write many decision rows in one statement; attempts that they name must be in the session."""
    if not rows:
        return
    session.flush()
    session.execute(insert(Decision), [_row(one, now) for one in rows])


def explain(session: Session, key: str) -> list[Explanation]:
    """Why a lead (its id), a phone number or an attempt (its uuid) was called or not."""
    leads = session.scalars(select(Lead).where(Lead.id.in_(_lead_ids(session, key)))).all()
    if not leads:
        raise NotFound(
            f"nothing is known of {key!r}", "Give a lead id, a phone number or an attempt id"
        )
    return [_explained(session, lead) for lead in leads]


def of_attempt(session: Session, attempt_id: UUID) -> list[dict[str, Any]]:
    """The decisions that led to one attempt: at the reservation, and again at the dial."""
    made = session.scalars(
        select(Decision).where(Decision.attempt_id == attempt_id).order_by(Decision.id)
    )
    return [_decided(one) for one in made]


def _row(one: Written, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": one.attempt_id,
        "lead_id": one.lead.id,
        "campaign_id": one.lead.campaign_id,
        "stage": one.stage,
        "allowed": one.ruling.allowed,
        "reasons": list(one.ruling.reasons),
        "rules": list(one.ruling.rules),
        "zones": list(one.ruling.zones),
        "decided_at": now,
        "next_lawful_at": one.ruling.next_lawful_at,
        "facts": one.ruling.facts,
    }


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
        raise NotFound(str(fault), "Give a lead id, a phone number or an attempt id") from None
    return list(
        session.scalars(
            select(Lead.id).join(Phone, Phone.id == Lead.phone_id).where(Phone.e164 == number)
        )
    )


def _explained(session: Session, lead: Lead) -> Explanation:
    attempts = session.scalars(
        select(Attempt).where(Attempt.lead_id == lead.id).order_by(Attempt.ordinal)
    )
    made = session.scalars(
        select(Decision).where(Decision.lead_id == lead.id).order_by(Decision.id)
    )
    return Explanation(
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        state=lead.state,
        reason=lead.reason,
        next_attempt_at=lead.next_attempt_at,
        attempts=[
            {
                "attempt_id": str(one.id),
                "state": one.state,
                "disposition": one.disposition,
                "reserved_at": one.reserved_at,
                "cause": one.cause,
            }
            for one in attempts
        ],
        decisions=[_decided(one) for one in made],
    )


def _decided(one: Decision) -> dict[str, Any]:
    return {
        "stage": one.stage,
        "allowed": one.allowed,
        "reasons": one.reasons,
        "rules": one.rules,
        "zones": one.zones,
        "decided_at": one.decided_at,
        "next_lawful_at": one.next_lawful_at,
        "facts": one.facts,
    }
