"""One reservation: caller id, worst-case money and a line for an allowed lead, all or none.

A reservation is either placed (`placing`) or given back.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer import attempts, caller_ids, ledger
from dialer.decisions import Ruling
from dialer.gate import Case, out_of_money, refused
from dialer.models import Attempt, CallSlot, Campaign, Lead
from dialer.rules.call_state import CallState
from dialer.rules.rate_card import NoRate, RateCard

BILLING_MARGIN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings that bound every dial."""

    max_concurrent: int
    calls_per_second: float
    card: RateCard
    daily_budget_micros: int
    budget_zone: str
    public_url: str
    ready_timeout: timedelta


@dataclass(frozen=True, slots=True)
class Short:
    """A purse is empty: the ruling that says so, and when it is filled again."""

    ruling: Ruling
    until: datetime | None


def make(
    session: Session, case: Case, ruling: Ruling, terms: Terms, line: CallSlot, now: datetime
) -> Attempt | Ruling | Short:
    """An attempt that holds `line`, money and a caller id; or what refuses it, without a trace."""
    picked = caller_ids.pick(session, case.campaign, now, case.lead)
    if isinstance(picked, caller_ids.Resting):
        return refused(ruling, picked.reason, picked.free_at)
    try:
        attempt = _attempt(session, case, ruling, terms, picked.e164, now)
    except NoRate:
        return refused(ruling, "no_rate", None)
    if attempt.reserved_micros > case.campaign.cost_per_call_micros:
        return refused(ruling, "budget:call", None)
    short = _money(session, attempt, case.campaign, terms, now)
    if short is not None:
        return Short(out_of_money(ruling, short), short.next_day_at)
    line.attempt_id, line.taken_at = attempt.id, now
    lead = case.lead
    lead.state, lead.next_attempt_at, lead.reason = "in_call", None, ""
    lead.attempts_made += 1
    return attempt


def abandon(session: Session, attempt_id: UUID, cause: str, now: datetime) -> bool:
    """Give up an attempt that was never handed to the carrier; its lead is due again."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.RESERVED:
        return False
    give_back(session, attempt, CallState.EXPIRED, cause, now, due_at=now)
    return True


def give_back(
    session: Session,
    attempt: Attempt,
    state: CallState,
    cause: str,
    now: datetime,
    *,
    due_at: datetime | None,
) -> None:
    """End an attempt that rang nobody: line and money are free, the lead is due at `due_at`
    (None: held until something else changes)."""
    attempts.end(session, attempt, state, now, cause)
    ledger.settle(session, attempt.id, 0, now)
    attempt.cost_micros, attempt.recorded_at = 0, now
    lead = session.get_one(Lead, attempt.lead_id, with_for_update=True)
    if lead.state == "in_call":
        lead.state, lead.next_attempt_at, lead.reason = "waiting", due_at, cause
        lead.attempts_made -= 1


def _attempt(
    session: Session, case: Case, ruling: Ruling, terms: Terms, caller_id: str, now: datetime
) -> Attempt:
    """The attempt with its worst-case price: every started minute up to its time limit."""
    campaign, lead, number = case.campaign, case.lead, case.phone.e164
    amd = campaign.amd != "off"
    seconds = terms.card.longest_seconds(
        number, campaign.cost_per_call_micros, campaign.max_call_seconds, amd=amd
    )
    earlier = session.scalar(select(func.max(Attempt.ordinal)).where(Attempt.lead_id == lead.id))
    consent = ruling.facts["consent"]
    return Attempt(
        id=uuid4(),
        lead_id=lead.id,
        campaign_id=campaign.id,
        phone_id=lead.phone_id,
        ordinal=(earlier or 0) + 1,
        epoch=campaign.epoch,
        state=CallState.RESERVED,
        token=secrets.token_urlsafe(24),
        caller_id=caller_id,
        call_class=campaign.call_class,
        amd=campaign.amd,
        consent_id=consent["id"] if consent else None,
        time_limit_seconds=max(seconds - BILLING_MARGIN_SECONDS, 1),
        reserved_micros=max(terms.card.worst_micros(number, max(seconds, 1), amd=amd), 1),
        reserved_at=now,
        lease_until=now + terms.ready_timeout,
    )


def _money(
    session: Session, attempt: Attempt, campaign: Campaign, terms: Terms, now: datetime
) -> ledger.Purse | None:
    """Reserve in the global and the campaign's purse; the one that is short leaves no trace."""
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
