"""What is done about attempts that went quiet: leases that ran out, requests without an answer,
calls without their last event. Nothing here ever dials."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import attempts, reservations
from dialer.attempts import CarrierMessage
from dialer.carrier.port import Carrier, CarrierCall, CarrierError
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.models import Attempt, Campaign, Phone
from dialer.phone import E164
from dialer.rules.call_state import CallState

PLACING_GRACE = timedelta(seconds=30)
UNKNOWN_GRACE = timedelta(seconds=120)
EVENT_GRACE = timedelta(seconds=30)
FETCH_SEQUENCE = -1
OPEN = (CallState.UNKNOWN, CallState.PLACED, CallState.RINGING, CallState.ANSWERED)


def expire_reservations(session: Session, now: datetime) -> list[UUID]:
    """Give up reservations whose lease ran out: their phone never rang, their lead is due."""
    stale = session.scalars(
        select(Attempt.id).where(Attempt.state == CallState.RESERVED, Attempt.lease_until < now)
    ).all()
    return [
        one for one in stale if reservations.abandon(session, one, "media worker not ready", now)
    ]


def doubt_placings(session: Session, now: datetime) -> None:
    """A dial that was intended and never answered for is unknown: the worker died in between."""
    for attempt in session.scalars(
        select(Attempt)
        .where(Attempt.state == CallState.PLACING, Attempt.placing_at < now - PLACING_GRACE)
        .with_for_update(skip_locked=True)
    ):
        attempt.state, attempt.cause = CallState.UNKNOWN, "no answer to the create request"


def quiet(session: Session, now: datetime) -> list[UUID]:
    """Attempts to ask the carrier about: unknown ones, and calls past the time of their end."""
    rows = session.execute(
        select(Attempt, Campaign.ring_timeout_seconds)
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .where(Attempt.state.in_(OPEN))
    )
    return [attempt.id for attempt, ring in rows if _overdue(attempt, ring, now)]


def ask(factory: Sessions, clock: Clock, carrier: Carrier, attempt_id: UUID) -> bool:
    """Settle one quiet attempt from the carrier's own record; True when it has just ended."""
    with transaction(factory) as session:
        attempt = session.get_one(Attempt, attempt_id)
        number = E164(session.get_one(Phone, attempt.phone_id).e164)
        sid, since = attempt.carrier_sid, attempt.placing_at
    try:
        if sid:
            call: CarrierCall | None = carrier.fetch(sid)
        elif since:
            call = _unclaimed(factory, carrier.find(number, since - timedelta(seconds=5)))
        else:
            return False
    except CarrierError:
        return False
    with transaction(factory) as session:
        now = clock.of(session)
        if call:
            return attempts.hear(session, attempt_id, _message(call), now)
        return _unheard_of(session, attempt_id, now)


def _unclaimed(factory: Sessions, calls: list[CarrierCall]) -> CarrierCall | None:
    """The newest of the carrier's calls that no other attempt is known to have placed."""
    with transaction(factory) as session:
        known = set(
            session.scalars(
                select(Attempt.carrier_sid).where(
                    Attempt.carrier_sid.in_([call.sid for call in calls])
                )
            )
        )
    return next((call for call in calls if call.sid not in known), None)


def _overdue(attempt: Attempt, ring_timeout_seconds: int, now: datetime) -> bool:
    """Unknown, or no end was told although ringing or talking must be over."""
    since = attempt.answered_at or attempt.placed_at
    if attempt.state == CallState.UNKNOWN or since is None:
        return True
    lasts = attempt.time_limit_seconds if attempt.answered_at else ring_timeout_seconds
    return now > since + timedelta(seconds=lasts) + EVENT_GRACE


def _message(call: CarrierCall) -> CarrierMessage:
    return CarrierMessage(call.sid, "fetch", call.status, FETCH_SEQUENCE, {}, call.duration_seconds)


def _unheard_of(session: Session, attempt_id: UUID, now: datetime) -> bool:
    """The carrier lists no such call. After the grace time the attempt is closed, its lead
    held back for hours: if the list was wrong, at least nobody is called twice in a row."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.UNKNOWN or attempt.placing_at is None:
        return False
    if now < attempt.placing_at + UNKNOWN_GRACE:
        return False
    attempts.end(session, attempt, CallState.FAILED, now, "the carrier knows of no such call")
    return True
