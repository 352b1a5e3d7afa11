"""Numbers that must not be called: looked up before each dial, added in mid-call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer.models import Lead, Phone, Suppression
from dialer.phone import E164, PhoneInvalid, parse


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list of numbers: faults name line and reason, nothing else is lost."""

    added: int
    known: int
    faults: list[tuple[int, str]]


def suppressed(session: Session, number: str, campaign_id: int, now: datetime) -> str | None:
    """Why the number is off limits for this campaign at `now`; None when it is not."""
    return session.scalar(
        select(Suppression.reason)
        .where(Suppression.e164 == number)
        .where(or_(Suppression.campaign_id.is_(None), Suppression.campaign_id == campaign_id))
        .where(or_(Suppression.expires_at.is_(None), Suppression.expires_at > now))
        .limit(1)
    )


def add(
    session: Session,
    number: E164,
    reason: str,
    source: str,
    now: datetime,
    *,
    evidence: str = "",
    campaign_id: int | None = None,
    attempt_id: UUID | None = None,
) -> bool:
    """Suppress a number and stop all that waits for it; False when it was suppressed before.

    Leads of the number that are not in a call leave the queue in the same transaction. One that
    is reserved for a dial is stopped by the check at the moment of placing.
    """
    added = session.execute(
        insert(Suppression)
        .values(
            e164=number,
            campaign_id=campaign_id,
            reason=reason,
            source=source,
            evidence=evidence,
            attempt_id=attempt_id,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Suppression.id)
    ).first()
    waiting = (
        update(Lead)
        .where(Lead.phone_id.in_(select(Phone.id).where(Phone.e164 == number)))
        .where(Lead.state.in_(("ready", "waiting")))
    )
    if campaign_id is not None:
        waiting = waiting.where(Lead.campaign_id == campaign_id)
    session.execute(waiting.values(state="suppressed", next_attempt_at=None, reason=reason))
    return added is not None


def take_list(
    session: Session, lines: Iterable[str], reason: str, source: str, now: datetime
) -> Taken:
    """Suppress a list everywhere: one number a line, or the first column of a CSV.

    Blank lines and a header are skipped; a line that holds no number is a fault.
    """
    added = known = 0
    faults: list[tuple[int, str]] = []
    for position, line in enumerate(lines, start=1):
        text = line.split(",")[0].strip().strip('"')
        if not text or (position == 1 and not any(sign.isdigit() for sign in text)):
            continue
        try:
            number = parse(text)
        except PhoneInvalid as fault:
            faults.append((position, str(fault)))
            continue
        if add(session, number, reason, source, now):
            added += 1
        else:
            known += 1
    return Taken(added, known, faults)


def every(session: Session, limit: int = 100) -> list[Suppression]:
    """Suppressed numbers, newest first."""
    return list(session.scalars(select(Suppression).order_by(Suppression.id.desc()).limit(limit)))
