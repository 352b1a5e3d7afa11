"""One reservation: caller id, worst-case money and a line for an allowed lead, all or none.

A reservation is either placed (`placing`) or given back.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from dialer import attempts, breakers, caller_ids, ledger
from dialer.decisions import Ruling
from dialer.gate import Case, out_of_money, refused
from dialer.models import Attempt, CallSlot, Campaign, Lead
from dialer.rules.call_state import CallState
from dialer.rules.rate_card import NoRate, RateCard
from dialer.till import Till

BILLING_MARGIN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings that bound every dial."""

    max_concurrent: int
    calls_per_second: float
    card: RateCard
    daily_budget_micros: int
    cost_per_call_micros: int
    budget_zone: str
    public_url: str
    ready_timeout: timedelta


@dataclass(frozen=True, slots=True)
class Short:
    """A purse is empty: the ruling that says so, and when it is filled again."""

    ruling: Ruling
    until: datetime | None


class Reservations:
    """The reservations of one transaction; `close` writes what they hold."""

    def __init__(self, session: Session, terms: Terms, now: datetime) -> None:
        self._session = session
        self._terms = terms
        self._now = now
        self._till = Till(session, now)
        self._callers = caller_ids.Callers(session, now)
        self._ordinals: dict[int, int] = {}

    def expect(self, cases: Sequence[Case]) -> None:
        """Look up together what each of these leads will need."""
        self._ordinals |= attempts.last_ordinals(self._session, [case.lead.id for case in cases])

    def make(self, case: Case, ruling: Ruling, line: CallSlot) -> Attempt | Ruling | Short:
        """An attempt that holds `line`, money and a caller id; or what refuses it, traceless."""
        lead, campaign = case.lead, case.campaign
        picked = self._callers.pick(campaign, lead)
        if isinstance(picked, caller_ids.Resting):
            return refused(ruling, picked.reason, picked.free_at)
        try:
            attempt = self._attempt(case, ruling, picked.e164)
        except NoRate:
            return refused(ruling, "no_rate", None)
        if attempt.reserved_micros > self._limit(campaign):
            return refused(ruling, "budget:call", None)
        short = self._till.reserve(attempt.id, self._purses(campaign), attempt.reserved_micros)
        if short is not None:
            return Short(out_of_money(ruling, short), short.next_day_at)
        self._session.add(attempt)
        line.attempt_id, line.taken_at = attempt.id, self._now
        lead.state, lead.next_attempt_at, lead.reason = "in_call", None, ""
        lead.attempts_made += 1
        return attempt

    def close(self) -> None:
        """Write attempts, lines, leads and money."""
        self._till.close()

    def _attempt(self, case: Case, ruling: Ruling, caller_id: str) -> Attempt:
        """The attempt with its worst-case price: every started minute up to its time limit."""
        terms, campaign, lead, number = self._terms, case.campaign, case.lead, case.phone.e164
        amd = campaign.amd != "off"
        seconds = terms.card.longest_seconds(
            number, self._limit(campaign), campaign.max_call_seconds, amd=amd
        )
        consent = ruling.facts["consent"]
        return Attempt(
            id=uuid4(),
            lead_id=lead.id,
            campaign_id=campaign.id,
            phone_id=lead.phone_id,
            ordinal=self._ordinals.get(lead.id, 0) + 1,
            epoch=campaign.epoch,
            state=CallState.RESERVED,
            token=secrets.token_urlsafe(24),
            caller_id=caller_id,
            call_class=campaign.call_class,
            amd=campaign.amd,
            consent_id=consent["id"] if consent else None,
            time_limit_seconds=max(seconds - BILLING_MARGIN_SECONDS, 1),
            reserved_micros=max(terms.card.worst_micros(number, max(seconds, 1), amd=amd), 1),
            reserved_at=self._now,
            lease_until=self._now + terms.ready_timeout,
        )

    def _limit(self, campaign: Campaign) -> int:
        """What one call may cost: a setting that was lowered binds older campaigns too."""
        return min(campaign.cost_per_call_micros, self._terms.cost_per_call_micros)

    def _purses(self, campaign: Campaign) -> list[ledger.Purse]:
        """The global purse and the campaign's, always in this order."""
        terms, now = self._terms, self._now
        return [
            ledger.purse(ledger.GLOBAL, terms.daily_budget_micros, terms.budget_zone, now),
            ledger.purse(
                f"campaign:{campaign.id}", campaign.daily_budget_micros, campaign.timezone, now
            ),
        ]


def abandon(session: Session, attempt_id: UUID, cause: str, now: datetime) -> bool:
    """Give up an attempt that was never handed to the carrier; its lead is due again, and its
    campaign's breaker counts a failure of ours."""
    attempt = attempts.lock(session, attempt_id)
    if attempt.state != CallState.RESERVED:
        return False
    give_back(session, attempt, CallState.EXPIRED, cause, now, due_at=now)
    breakers.note(session, session.get_one(Campaign, attempt.campaign_id), False, now)
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
