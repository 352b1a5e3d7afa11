"""The outcome of a call: handed in by the media side, recorded in one transaction, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import (
    appointments,
    attempts,
    breakers,
    consents,
    invites,
    ledger,
    prices,
    suppressions,
)
from dialer.call import CallOutcome, Disposition
from dialer.models import (
    Appointment,
    Attempt,
    Campaign,
    Lead,
    Locality,
    OutboxMessage,
    Phone,
)
from dialer.phone import E164
from dialer.rules.call_state import TERMINAL, CallState
from dialer.rules.daypart import Hours
from dialer.rules.disposition import without_talk
from dialer.rules.rate_card import CARRIER_CONNECTIVITY, NOTHING, NoRate, Price, RateCard
from dialer.rules.retry import NextStep, next_step, policy

OUTCOME_GRACE = timedelta(seconds=20)
OUR_FAULT = frozenset({Disposition.FAILED, Disposition.INTERRUPTED})


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
    """Suppress the number of a live call everywhere, with the spoken words as evidence.

    The words revoke every consent of the number as well (47 CFR 64.1200(a)(10)).
    """
    attempt = session.get_one(Attempt, attempt_id)
    phone = session.get_one(Phone, attempt.phone_id)
    number = E164(phone.e164)
    fresh = suppressions.add(
        session,
        number,
        "opted out in a call",
        "call",
        now,
        evidence=words,
        attempt_id=attempt_id,
    )
    # Said in the call and again in its outcome it is one revocation.
    if fresh or consents.in_force(session, [phone.id]):
        consents.revoke(session, number, words or "opted out in a call", now)


def record(session: Session, attempt_id: UUID, card: RateCard, now: datetime) -> Recorded | None:
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
    if disposition is Disposition.WRONG_NUMBER:
        _no_consent_of_a_stranger(session, attempt, now)
    attempt.disposition, attempt.recorded_at = disposition, now
    lead = _lead_after(session, attempt, disposition, outcome, now)
    _settle(session, attempt, outcome, card, talked, now)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    breakers.note(session, campaign, disposition not in OUR_FAULT, now)
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


def _no_consent_of_a_stranger(session: Session, attempt: Attempt, now: datetime) -> None:
    """The number belongs to somebody else now, who agreed to nothing."""
    phone = session.get_one(Phone, attempt.phone_id)
    consents.revoke(session, E164(phone.e164), "wrong number: reached somebody else", now)


def _lead_after(
    session: Session,
    attempt: Attempt,
    disposition: Disposition,
    outcome: CallOutcome | None,
    now: datetime,
) -> Lead:
    lead = session.get_one(Lead, attempt.lead_id, with_for_update=True)
    phone = session.get_one(Phone, attempt.phone_id)
    step = _step(session, attempt, lead, disposition, outcome, now)
    off_limits = suppressions.suppressed(session, phone.e164, attempt.campaign_id, now)
    if step.state == "waiting" and off_limits:
        step = NextStep("suppressed", reason="suppressed")
    lead.state, lead.next_attempt_at, lead.reason = step.state, step.at, step.reason
    lead.callback = step.callback
    lead.disposition = disposition
    if outcome and outcome.email:
        lead.email = outcome.email
    return lead


def _step(
    session: Session,
    attempt: Attempt,
    lead: Lead,
    disposition: Disposition,
    outcome: CallOutcome | None,
    now: datetime,
) -> NextStep:
    """What the campaign's retry policy makes of the call, given all earlier ones of the lead."""
    campaign = session.get_one(Campaign, attempt.campaign_id)
    locality = session.get_one(Locality, lead.locality_id)
    earlier = session.execute(
        select(Attempt.disposition, Attempt.placing_at).where(Attempt.lead_id == lead.id)
    ).all()
    return next_step(
        disposition,
        lead.attempts_made,
        campaign.max_attempts,
        now,
        outcome.callback_at if outcome else None,
        policy=policy(campaign.retry),
        same=sum(row[0] == disposition for row in earlier),
        zone=lead.timezone or next(iter(locality.zones), ""),
        tried=[row[1] for row in earlier if row[1]],
        hours=Hours(campaign.window_start, campaign.window_end, tuple(campaign.window_days)),
        # The attempt's id is random, so its last digits spread the retries as a die would.
        draw=attempt.id.int % 997 / 997,
    )


def _settle(
    session: Session,
    attempt: Attempt,
    outcome: CallOutcome | None,
    card: RateCard,
    talked: bool,
    now: datetime,
) -> None:
    """Charge what an answered call used. The carrier's time limit keeps the cost within the
    reservation; what its price says later is trued up (`prices`).
    """
    price = _price(session, attempt, outcome, card) if talked else NOTHING
    if talked and attempt.carrier_sid and attempt.ended_at:
        attempt.price_due_at = attempt.ended_at + prices.FIRST_ASKED_AFTER
    ledger.charge(session, attempt, price, now)


def _price(
    session: Session, attempt: Attempt, outcome: CallOutcome | None, card: RateCard
) -> Price:
    """The call by the rate card; all that was reserved when its prefix has lost its price since."""
    seconds = attempt.duration_seconds
    if seconds is None and attempt.answered_at and attempt.ended_at:
        seconds = int((attempt.ended_at - attempt.answered_at).total_seconds()) + 1
    try:
        return card.cost(
            session.get_one(Phone, attempt.phone_id).e164,
            seconds or 1,
            amd=attempt.amd != "off",
            tts_characters=outcome.tts_characters if outcome else 0,
        )
    except NoRate:
        whole = attempt.reserved_micros
        return Price(whole, whole, {CARRIER_CONNECTIVITY: whole})
