"""The reservation: a lead is claimed with line, money and a recorded decision, or refused.

`reserve_next` is one transaction. What it reserved is either placed (`placing`) or given back.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import attempts, decisions, ledger
from dialer.gate import Gate
from dialer.models import Attempt, Campaign, CarrierPace, Lead, Phone
from dialer.rules.budget import Rates, time_limit
from dialer.rules.call_state import ACTIVE, CallState

RETRY_NOT_SENT = timedelta(minutes=2)
BILLING_MARGIN_SECONDS = 5
FOR_GOOD = {"suppressed": "suppressed", "attempts_used_up": "done"}


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings that bound every dial."""

    max_concurrent: int
    calls_per_second: float
    rates: Rates
    daily_budget_micros: int
    budget_zone: str
    public_url: str
    ready_timeout: timedelta


@dataclass(frozen=True, slots=True)
class Reserved:
    """A lead is claimed; a media worker can prepare."""

    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class Refused:
    """The lead may not be called now; its decision row says why."""

    lead_id: int
    reasons: tuple[str, ...]


def reserve_next(session: Session, terms: Terms, now: datetime) -> Reserved | Refused | None:
    """Claim the next due lead, or refuse it with reasons; None when nothing can be dialed now."""
    slot = attempts.free_slot(session, terms.max_concurrent)
    if slot is None:
        return None
    claimed = _claim(session, now)
    if claimed is None:
        return None
    lead, campaign, phone = claimed
    gate = Gate(session, now)
    ruling = gate.rule(lead, campaign, phone)
    if ruling.allowed and not _pace(session, terms, now):
        return None
    if not ruling.allowed:
        return _refuse(session, lead, ruling, now)
    attempt = _attempt(session, lead, campaign, terms, now)
    short = _reserve_money(session, attempt, campaign, terms, now)
    if short is not None:
        return _refuse(session, lead, gate.out_of_money(ruling, campaign, short), now)
    slot.attempt_id, slot.taken_at = attempt.id, now
    lead.state, lead.next_attempt_at, lead.reason = "in_call", None, ""
    lead.attempts_made += 1
    decisions.record(session, lead, "reserve", ruling, now, attempt.id)
    return Reserved(attempt.id)


def abandon(session: Session, attempt_id: UUID, cause: str, now: datetime) -> bool:
    """Give up an attempt that was never handed to the carrier; its lead is due again."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.RESERVED:
        return False
    give_back(session, attempt, CallState.EXPIRED, cause, now, due_at=now)
    return True


def _claim(session: Session, now: datetime) -> tuple[Lead, Campaign, Phone] | None:
    """The most urgent due lead whose phone is in no active attempt, locked."""
    in_progress = Attempt.state.in_([state.value for state in ACTIVE])
    row = session.execute(
        select(Lead, Campaign, Phone)
        .join(Campaign, Campaign.id == Lead.campaign_id)
        .join(Phone, Phone.id == Lead.phone_id)
        .where(Campaign.state == "running", Lead.state.in_(("ready", "waiting")))
        .where(Lead.next_attempt_at <= now)
        .where(~exists().where(Attempt.phone_id == Lead.phone_id, in_progress))
        .order_by(Campaign.priority.desc(), Lead.next_attempt_at, Lead.id)
        .limit(1)
        .with_for_update(of=Phone, skip_locked=True)
    ).first()
    if row is None:
        return None
    lead: Lead = row[0]
    session.refresh(lead, with_for_update=True)
    # A new statement sees what was committed before we got the lock on the phone.
    if session.scalar(select(Attempt.id).where(Attempt.phone_id == lead.phone_id, in_progress)):
        return None
    due = lead.next_attempt_at
    if lead.state not in ("ready", "waiting") or due is None or due > now:
        return None
    session.refresh(row[1], with_for_update={"read": True})
    return (lead, row[1], row[2]) if row[1].state == "running" else None


def _pace(session: Session, terms: Terms, now: datetime) -> bool:
    """Take the account's next turn at the carrier; False when it is not yet time (CPS)."""
    session.execute(
        insert(CarrierPace).values(scope="account", next_at=now).on_conflict_do_nothing()
    )
    taken = session.execute(
        update(CarrierPace)
        .where(CarrierPace.scope == "account", CarrierPace.next_at <= now)
        .values(next_at=now + timedelta(seconds=1 / terms.calls_per_second))
        .returning(CarrierPace.scope)
    ).first()
    return taken is not None


def _attempt(
    session: Session, lead: Lead, campaign: Campaign, terms: Terms, now: datetime
) -> Attempt:
    """The attempt with its worst-case price: every started minute up to its time limit."""
    earlier = session.scalar(select(func.max(Attempt.ordinal)).where(Attempt.lead_id == lead.id))
    seconds = time_limit(terms.rates, campaign.cost_per_call_micros, campaign.max_call_seconds)
    return Attempt(
        id=uuid4(),
        lead_id=lead.id,
        campaign_id=campaign.id,
        phone_id=lead.phone_id,
        ordinal=(earlier or 0) + 1,
        epoch=campaign.epoch,
        state=CallState.RESERVED,
        token=secrets.token_urlsafe(24),
        caller_id=campaign.caller_id,
        time_limit_seconds=max(seconds - BILLING_MARGIN_SECONDS, 1),
        reserved_micros=max(terms.rates.cost(seconds), 1),
        reserved_at=now,
        lease_until=now + terms.ready_timeout,
    )


def _reserve_money(
    session: Session, attempt: Attempt, campaign: Campaign, terms: Terms, now: datetime
) -> ledger.Purse | None:
    """Reserve in the global and the campaign's purse; the one that is short leaves no trace."""
    if attempt.reserved_micros > campaign.cost_per_call_micros:
        return ledger.purse("call", campaign.cost_per_call_micros, campaign.timezone, now)
    purses = [
        ledger.purse(ledger.GLOBAL, terms.daily_budget_micros, terms.budget_zone, now),
        ledger.purse(
            f"campaign:{campaign.id}", campaign.daily_budget_micros, campaign.timezone, now
        ),
    ]
    savepoint = session.begin_nested()
    session.add(attempt)
    session.flush()
    short = ledger.reserve(session, attempt.id, purses, attempt.reserved_micros, now)
    if short is None:
        savepoint.commit()
    else:
        savepoint.rollback()
    return short


def _refuse(session: Session, lead: Lead, ruling: decisions.Ruling, now: datetime) -> Refused:
    """Write the refusal; the lead waits for its next lawful moment, or for good."""
    decisions.record(session, lead, "reserve", ruling, now)
    lead.reason = ruling.reasons[0]
    lead.next_attempt_at = ruling.next_lawful_at
    lead.state = "waiting" if ruling.next_lawful_at else FOR_GOOD.get(lead.reason, "invalid")
    return Refused(lead.id, ruling.reasons)


def give_back(
    session: Session,
    attempt: Attempt,
    state: CallState,
    cause: str,
    now: datetime,
    *,
    due_at: datetime,
) -> None:
    """End an attempt that rang nobody: line and money are free, the lead is due at `due_at`."""
    attempts.end(session, attempt, state, now, cause)
    ledger.settle(session, attempt.id, 0, now)
    attempt.cost_micros, attempt.recorded_at = 0, now
    lead = session.get_one(Lead, attempt.lead_id, with_for_update=True)
    if lead.state == "in_call":
        lead.state, lead.next_attempt_at, lead.reason = "waiting", due_at, cause
        lead.attempts_made -= 1
