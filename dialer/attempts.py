"""Attempts: their slots, and what the carrier tells of them, once each and in any order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer.erased_records import KEPT_OF_EVENT
from dialer.erasures import MARK
from dialer.errors import NotFound
from dialer.models import Attempt, CallSlot, CarrierEvent, Lead, Phone
from dialer.rules.call_state import ACTIVE, TERMINAL, CallState, advance, from_carrier


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """One message of the carrier about a call, from a webhook or a fetch."""

    carrier_sid: str
    kind: str
    status: str
    sequence: int
    payload: dict[str, Any]
    duration_seconds: int | None = None


def find(session: Session, key: str) -> Attempt:
    """By its uuid. Raises `NotFound`."""
    try:
        attempt = session.get(Attempt, UUID(key))
    except ValueError:
        attempt = None
    if attempt is None:
        raise NotFound(f"there is no attempt {key!r}", "`dialer calls list` names them")
    return attempt


def every(
    session: Session, campaign_id: int | None = None, *, active: bool = False, limit: int = 50
) -> list[tuple[Attempt, Lead]]:
    """Attempts with their leads, newest first; of one campaign, or those not ended, if asked."""
    query = (
        select(Attempt, Lead)
        .join(Lead, Lead.id == Attempt.lead_id)
        .order_by(Attempt.reserved_at.desc(), Attempt.id)
        .limit(limit)
    )
    if campaign_id is not None:
        query = query.where(Attempt.campaign_id == campaign_id)
    if active:
        query = query.where(Attempt.state.in_([state.value for state in ACTIVE]))
    return [(row[0], row[1]) for row in session.execute(query)]


def recording(session: Session, key: str) -> Path:
    """The file of an attempt's recording. Raises `NotFound` when it is not on this machine."""
    kept = (find(session, key).outcome or {}).get("recording")
    path = Path(kept["path"]) if kept else None
    if path is None or not path.is_file():
        raise NotFound(
            f"attempt {key} has no recording here",
            "Only answered calls have one, in DATA_DIR of the machine that carried the call",
        )
    return path


def dialed(
    session: Session, phone_ids: Collection[int], since: datetime
) -> dict[int, list[datetime]]:
    """When each phone was dialed after `since`, newest first, over all campaigns."""
    found: dict[int, list[datetime]] = {}
    rows = session.execute(
        select(Attempt.phone_id, Attempt.placing_at)
        .where(Attempt.phone_id.in_(phone_ids), Attempt.placing_at > since)
        .order_by(Attempt.placing_at.desc())
    )
    for phone_id, at in rows:
        if at is not None:
            found.setdefault(phone_id, []).append(at)
    return found


def last_ordinals(session: Session, lead_ids: Collection[int]) -> dict[int, int]:
    """How far each lead's attempts are numbered; leads without any are left out."""
    rows = session.execute(
        select(Attempt.lead_id, func.max(Attempt.ordinal))
        .where(Attempt.lead_id.in_(lead_ids))
        .group_by(Attempt.lead_id)
    )
    return {row[0]: row[1] for row in rows}


def lock(session: Session, attempt_id: UUID) -> Attempt:
    """The attempt's row, locked until the end of the transaction."""
    return session.execute(
        select(Attempt)
        .where(Attempt.id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def hear(session: Session, attempt_id: UUID, told: CarrierMessage, now: datetime) -> bool:
    """Take a message in; True when the attempt has just ended.

    A repeated message is recognised by its key, an early or late one changes nothing that is
    further on, and a terminal state never changes. Nothing about a person who was erased is kept.
    """
    # Locked before the inbox refers to it: two messages at once would else deadlock.
    attempt = lock(session, attempt_id)
    payload = told.payload
    if session.get_one(Phone, attempt.phone_id).e164.startswith(MARK):
        payload = {key: value for key, value in payload.items() if key in KEPT_OF_EVENT}
    fresh = session.execute(
        insert(CarrierEvent)
        .values(
            attempt_id=attempt_id,
            carrier_sid=told.carrier_sid,
            kind=told.kind,
            status=told.status,
            sequence=told.sequence,
            payload=payload,
            received_at=now,
        )
        .on_conflict_do_nothing()
        .returning(CarrierEvent.id)
    ).first()
    state = from_carrier(told.status)
    if fresh is None or state is None:
        return False
    if attempt.carrier_sid not in (None, told.carrier_sid):
        return False
    attempt.carrier_sid = told.carrier_sid
    attempt.placed_at = attempt.placed_at or now
    if state is CallState.ANSWERED:
        attempt.answered_at = attempt.answered_at or now
    before = CallState(attempt.state)
    after = advance(before, state)
    if after is before:
        return False
    attempt.state = after
    if after not in TERMINAL:
        return False
    attempt.duration_seconds = told.duration_seconds
    end(session, attempt, after, now)
    return True


def end(
    session: Session, attempt: Attempt, state: CallState, now: datetime, cause: str = ""
) -> None:
    """Bring the attempt to a terminal state and free its line."""
    attempt.state, attempt.ended_at = state, now
    attempt.cause = cause or attempt.cause
    session.execute(
        update(CallSlot)
        .where(CallSlot.attempt_id == attempt.id)
        .values(attempt_id=None, taken_at=None)
    )


def provision_slots(session: Session, count: int) -> None:
    """Make `count` lines; a line above the count is removed when its call has ended."""
    session.execute(
        insert(CallSlot)
        .values([{"slot": number} for number in range(1, count + 1)])
        .on_conflict_do_nothing()
    )
    for slot in session.scalars(
        select(CallSlot)
        .where(CallSlot.slot > count, CallSlot.attempt_id.is_(None))
        .with_for_update(skip_locked=True)
    ):
        session.delete(slot)


def free_slots(session: Session, count: int) -> list[CallSlot]:
    """The free lines of `count`, locked for this transaction."""
    return list(
        session.scalars(
            select(CallSlot)
            .where(CallSlot.attempt_id.is_(None), CallSlot.slot <= count)
            .order_by(CallSlot.slot)
            .with_for_update(skip_locked=True)
        )
    )
