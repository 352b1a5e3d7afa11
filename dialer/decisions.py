"""The record of every dial and every refusal: what was decided, and all that was looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dialer.models import Decision, Lead
from dialer.reason_words import Told, in_words


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


def of_attempt(session: Session, attempt_id: UUID) -> list[dict[str, Any]]:
    """The decisions that led to one attempt: at the reservation, and again at the dial."""
    made = session.scalars(
        select(Decision).where(Decision.attempt_id == attempt_id).order_by(Decision.id)
    )
    return [_decided(one) for one in made]


def of_lead(session: Session, lead_id: int) -> list[dict[str, Any]]:
    """Every decision about a lead, oldest first."""
    made = session.scalars(
        select(Decision).where(Decision.lead_id == lead_id).order_by(Decision.id)
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


def _decided(one: Decision) -> dict[str, Any]:
    told = Told.of(one.rules, one.facts)
    return {
        "stage": one.stage,
        "allowed": one.allowed,
        "reasons": one.reasons,
        "words": [in_words(reason, told) for reason in one.reasons],
        "rules": one.rules,
        "zones": one.zones,
        "decided_at": one.decided_at,
        "next_lawful_at": one.next_lawful_at,
        "facts": one.facts,
    }
