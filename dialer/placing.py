"""The dial itself: everything is checked again, the intention committed, the carrier asked once.

What the carrier's answer leaves open is reconciled (`reconcile`), never repeated.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from uuid import UUID

from sqlalchemy.orm import Session

from dialer import attempts, breakers, calling_rules, decisions, pace
from dialer.carrier import twiml
from dialer.carrier.address import CallAddress
from dialer.carrier.port import CallRequest, Carrier, CarrierError, NotSent, Rejected
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.decisions import Ruling
from dialer.dialing import FOR_GOOD
from dialer.gate import Case, Gate, refused
from dialer.models import Attempt, Campaign, Lead, Phone
from dialer.phone import E164
from dialer.reservations import Terms, give_back
from dialer.rules.call_state import CallState

RETRY_NOT_SENT = timedelta(minutes=2)
_PATIENCE = Event()


def place(
    factory: Sessions,
    clock: Clock,
    carrier: Carrier,
    attempt_id: UUID,
    terms: Terms,
    wait: Callable[[float], object] = _PATIENCE.wait,
) -> CallState:
    """Ring the phone of a reserved attempt, exactly once; returns the attempt's state.

    A redelivered task finds the attempt past `reserved` and does nothing. `wait` takes the
    seconds until the account's turn at the carrier.
    """
    wait(_turn(factory, clock, terms))
    with transaction(factory) as session:
        request = _intend(session, attempt_id, terms, clock.of(session))
    if isinstance(request, CallState):
        return request
    try:
        call = carrier.place(request)
    except CarrierError as error:
        with transaction(factory) as session:
            return _not_placed(session, attempt_id, error, clock.of(session))
    with transaction(factory) as session:
        attempt = attempts.lock(session, attempt_id)
        attempt.carrier_sid = attempt.carrier_sid or call.sid
        attempt.placed_at = attempt.placed_at or clock.of(session)
        if attempt.state in (CallState.PLACING, CallState.UNKNOWN):
            attempt.state = CallState.PLACED
        return CallState(attempt.state)


def _turn(factory: Sessions, clock: Clock, terms: Terms) -> float:
    """Take a turn at the carrier; the seconds until it comes."""
    with transaction(factory) as session:
        now = clock.of(session)
        turn = pace.turns(session, pace.PLACING, terms.calls_per_second, now).take(now)
    return (turn - now).total_seconds()


def _intend(
    session: Session, attempt_id: UUID, terms: Terms, now: datetime
) -> CallRequest | CallState:
    """Check everything again and commit to the dial; a state instead when it must not happen."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.RESERVED:
        return CallState(attempt.state)
    lead = session.get_one(Lead, attempt.lead_id)
    campaign = session.get_one(Campaign, attempt.campaign_id, with_for_update={"read": True})
    phone = session.get_one(Phone, attempt.phone_id, with_for_update=True)
    ruling = _ruling(session, Case(lead, campaign, phone, reserved=True), attempt, now)
    decisions.record(session, lead, "place", ruling, now, attempt.id)
    if not ruling.allowed:
        return _refused(session, attempt, lead, ruling, now)
    attempt.state, attempt.placing_at = CallState.PLACING, now
    address = CallAddress(terms.public_url, str(attempt.id), attempt.token)
    return CallRequest(
        to=E164(phone.e164),
        caller_id=E164(attempt.caller_id),
        twiml=twiml.talk(address),
        status_url=address.status_url,
        ring_timeout_seconds=campaign.ring_timeout_seconds,
        time_limit_seconds=attempt.time_limit_seconds,
        machine_detection=attempt.amd == "async",
        amd_url=address.amd_url,
    )


def _ruling(session: Session, case: Case, attempt: Attempt, now: datetime) -> Ruling:
    """The gate once more; a campaign that was changed since has to decide anew."""
    ruling = Gate(session, calling_rules.law(session), now).rule([case])[0]
    told = {
        "caller_id": attempt.caller_id,
        "reserved_micros": attempt.reserved_micros,
        "time_limit_seconds": attempt.time_limit_seconds,
        "decided_epoch": attempt.epoch,
    }
    ruling = ruling.with_facts(told)
    if ruling.allowed and attempt.epoch != case.campaign.epoch and case.campaign.state == "running":
        return refused(ruling, "campaign_changed", now)
    return ruling


def _refused(
    session: Session, attempt: Attempt, lead: Lead, ruling: Ruling, now: datetime
) -> CallState:
    """Nothing rings: line and money are free again, the lead waits, is held or is out."""
    give_back(
        session,
        attempt,
        CallState.REFUSED,
        ruling.reasons[0],
        now,
        due_at=ruling.next_lawful_at,
    )
    final = next((FOR_GOOD[one] for one in ruling.reasons if one in FOR_GOOD), None)
    if final:
        lead.state, lead.next_attempt_at = final, None
    return CallState.REFUSED


def _not_placed(
    session: Session, attempt_id: UUID, error: CarrierError, now: datetime
) -> CallState:
    """What an unsuccessful request means: nothing was sent, it was refused, or nobody knows."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.PLACING:
        return CallState(attempt.state)
    if isinstance(error, NotSent):
        due = now + RETRY_NOT_SENT
        give_back(session, attempt, CallState.EXPIRED, f"not sent: {error}", now, due_at=due)
        breakers.note(session, session.get_one(Campaign, attempt.campaign_id), False, now)
    elif isinstance(error, Rejected):
        attempts.end(session, attempt, CallState.FAILED, now, f"carrier {error}")
    else:
        attempt.state, attempt.cause = CallState.UNKNOWN, str(error)
    return CallState(attempt.state)
