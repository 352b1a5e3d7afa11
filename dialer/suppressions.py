"""Numbers that must not be called: looked up before each dial, added in mid-call."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer.models import Lead, Phone, Suppression
from dialer.phone import E164


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
