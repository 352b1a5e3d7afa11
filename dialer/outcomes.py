"""The outcome of a call: handed in by the media side, recorded in one transaction, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import appointments, attempts, invites, ledger, suppressions
from dialer.call import CallOutcome, Disposition
from dialer.models import Appointment, Attempt, Campaign, Lead, OutboxMessage, Phone
from dialer.phone import E164
from dialer.rules.budget import Rates
from dialer.rules.call_state import TERMINAL, CallState
from dialer.rules.disposition import without_talk
from dialer.rules.retry import next_step

OUTCOME_GRACE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorded outcome came to."""

    disposition: Disposition
    lead_state: str
    appointment_id: int | None


def submit(session: Session, outcome: CallOutcome, now: datetime) -> None:
    """Keep what the media side hands in; a later one of the same attempt replaces it
    only while nothing was recorded (a call that another worker took over)."""
    attempt = attempts.lock(session, UUID(outcome.attempt_id))
    if attempt.recorded_at is None:
        attempt.outcome = outcome.model_dump(mode="json")
        attempt.outcome_at = now


def opt_out(session: Session, attempt_id: UUID, words: str, now: datetime) -> None:
    """Suppress the number of a live call everywhere, with the spoken words as evidence."""
    attempt = session.get_one(Attempt, attempt_id)
    phone = session.get_one(Phone, attempt.phone_id)
    suppressions.add(
        session,
        E164(phone.e164),
        "opted out in a call",
        "call",
        now,
        evidence=words,
        attempt_id=attempt_id,
    )


def record(session: Session, attempt_id: UUID, rates: Rates, now: datetime) -> Recorded | None:
    """Bring a call to its end in one transaction: disposition, retry, money, suppression,
    appointment and what must be sent. None when it is too early or was done before.

    An answered call waits for the media side's outcome; when none comes within the grace
    time its worker is dead, and the call is recorded as interrupted.
    """
    attempt = attempts.lock(session, attempt_id)
    if attempt.recorded_at or attempt.state not in TERMINAL or attempt.ended_at is None:
        return None
    talked = attempt.answered_at is not None
    if talked and attempt.outcome is None and now < attempt.ended_at + OUTCOME_GRACE:
        return None
    outcome = CallOutcome.model_validate(attempt.outcome) if attempt.outcome and talked else None
    state = CallState(attempt.state)
    disposition = outcome.disposition if outcome else without_talk(state)
    appointment = _appointment(session, attempt, disposition, now)
    if disposition is Disposition.APPOINTMENT_BOOKED and appointment is None:
        disposition = Disposition.WARM_FOLLOWUP
    if outcome and (disposition is Disposition.DO_NOT_CALL or outcome.opt_out_words):
        opt_out(session, attempt_id, outcome.opt_out_words or "", now)
    lead = _lead_after(session, attempt, disposition, outcome, now)
    attempt.disposition, attempt.recorded_at = disposition, now
    _settle(session, attempt, rates, talked, now)
    return Recorded(disposition, lead.state, appointment.id if appointment else None)


def due(session: Session, now: datetime, limit: int = 50) -> list[UUID]:
    """Attempts that ended and wait to be recorded: the work list when a nudge was lost."""
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.recorded_at.is_(None), Attempt.ended_at.is_not(None))
            .where(Attempt.ended_at < now - timedelta(seconds=3))
            .order_by(Attempt.ended_at)
            .limit(limit)
        )
    )


def _appointment(
    session: Session, attempt: Attempt, disposition: Disposition, now: datetime
) -> Appointment | None:
    """Book the held slot of a call that agreed on it, let go of any other hold."""
    if disposition is not Disposition.APPOINTMENT_BOOKED:
        appointments.release(session, attempt.id)
        return None
    booked = appointments.book(session, attempt.id)
    if booked:
        session.add(
            OutboxMessage(
                key=invites.outbox_key(booked),
                kind="invite",
                payload={"appointment_id": booked.id},
                due_at=now,
            )
        )
    return booked


def _lead_after(
    session: Session,
    attempt: Attempt,
    disposition: Disposition,
    outcome: CallOutcome | None,
    now: datetime,
) -> Lead:
    lead = session.get_one(Lead, attempt.lead_id, with_for_update=True)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    phone = session.get_one(Phone, attempt.phone_id)
    step = next_step(
        disposition,
        lead.attempts_made,
        campaign.max_attempts,
        now,
        outcome.callback_at if outcome else None,
    )
    if step.state == "waiting" and suppressions.suppressed(session, phone.e164, campaign.id, now):
        lead.state, lead.next_attempt_at, lead.reason = "suppressed", None, "suppressed"
    else:
        lead.state, lead.next_attempt_at, lead.reason = step.state, step.at, step.reason
    lead.disposition = disposition
    if outcome and outcome.email:
        lead.email = outcome.email
    return lead


def _settle(session: Session, attempt: Attempt, rates: Rates, talked: bool, now: datetime) -> None:
    """Charge started minutes of an answered call. The carrier's time limit keeps the cost
    within the reservation; a bill above it is capped here and trued up from the carrier's price.
    """
    cost = 0
    if talked:
        seconds = attempt.duration_seconds
        if seconds is None and attempt.answered_at and attempt.ended_at:
            seconds = int((attempt.ended_at - attempt.answered_at).total_seconds()) + 1
        cost = min(rates.cost(seconds or 1), attempt.reserved_micros)
    attempt.cost_micros = cost
    ledger.settle(session, attempt.id, cost, now)
