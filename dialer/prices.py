"""The carrier's own price of each call: asked for until it is there, then booked as a true-up."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import alerts, ledger
from dialer.carrier.port import Carrier, CarrierError, NotSent, ResultUnknown
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.models import Attempt

ASKED_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360, 1440))
"""After the end of the call. Carriers fill in a price some minutes later, sometimes hours."""
FIRST_ASKED_AFTER = ASKED_AFTER[0]
OUT_OF_REACH = timedelta(minutes=5)


def due(session: Session, now: datetime, limit: int = 50) -> list[UUID]:
    """Attempts whose price is to be asked for now, those that wait longest first."""
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.price_due_at <= now)
            .order_by(Attempt.price_due_at)
            .limit(limit)
        )
    )


def ask(factory: Sessions, clock: Clock, carrier: Carrier, attempt_id: UUID) -> bool:
    """Ask the carrier for one price and book it; True when it was booked now.

    The carrier is asked outside of any transaction. After the last try a notice is raised and the
    rate card's price stands. Raises `NotSent` or `ResultUnknown` when the carrier cannot be
    reached, which uses up none of the tries.
    """
    with transaction(factory) as session:
        attempt = session.get_one(Attempt, attempt_id)
        sid = attempt.carrier_sid
    try:
        price = carrier.fetch(sid).price_micros if sid else None
    except (NotSent, ResultUnknown):
        with transaction(factory) as session:
            _later(session, attempt_id, clock.of(session))
        raise
    except CarrierError:
        price = None
    with transaction(factory) as session:
        now = clock.of(session)
        if price is None:
            _again(session, attempt_id, now)
            return False
        booked = ledger.true_up(session, attempt_id, now, connectivity_micros=price)
        session.get_one(Attempt, attempt_id).price_due_at = None
        return booked


def _later(session: Session, attempt_id: UUID, now: datetime) -> None:
    attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
    if attempt.price_due_at is not None:
        attempt.price_due_at = now + OUT_OF_REACH


def _again(session: Session, attempt_id: UUID, now: datetime) -> None:
    """No price yet: the next try, or the end of trying."""
    attempt = session.get_one(Attempt, attempt_id, with_for_update=True)
    if attempt.price_due_at is None or attempt.price_due_at > now or attempt.ended_at is None:
        return
    attempt.price_tries += 1
    if attempt.price_tries < len(ASKED_AFTER):
        attempt.price_due_at = attempt.ended_at + ASKED_AFTER[attempt.price_tries]
        return
    attempt.price_due_at = None
    alerts.raise_once(
        session,
        f"price_missing:{attempt.ended_at:%Y-%m-%d}",
        "price",
        "notice",
        f"The carrier gave no price in US dollars for call {attempt.id} of "
        f"{attempt.ended_at:%Y-%m-%d} within a day, perhaps for others too: "
        "they stay booked by the rate card",
        now,
        attempt.campaign_id,
    )
