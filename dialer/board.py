"""What happens right now: one picture for the terminal board and the console page."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer import ledger, report_lists, reports
from dialer.campaign_text import in_words
from dialer.campaigns import LEAD_STATES
from dialer.live_words import LiveWords, Told
from dialer.models import Attempt, BudgetDay, CallSlot, Campaign, Lead
from dialer.report import BookedAppointment, Funnel, Value
from dialer.reservations import Terms
from dialer.rules.budget import usd

PHASES = {
    "reserved": "getting ready",
    "placing": "dialing",
    "unknown": "dialing",
    "placed": "dialing",
    "ringing": "ringing",
    "answered": "talking",
}
RECENT = 8
APPOINTMENTS = 8


class LineView(Value):
    """One of the lines. `phase` is `free`, or a word of `PHASES`; `seconds` since it began."""

    slot: int
    phase: str = "free"
    attempt_id: str = ""
    lead: str = ""
    campaign: str = ""
    seconds: int = 0
    speaker: str = ""
    words: str = ""


class CampaignView(Value):
    """A campaign with what it does and why, and how far it is."""

    id: int
    name: str
    state: str
    status: str
    finished: int
    leads: int


class Money(Value):
    """The day's money over all campaigns, USD."""

    spent: Decimal
    reserved: Decimal
    budget: Decimal


class Ended(Value):
    """A call that has just been recorded."""

    attempt_id: str
    lead: str
    campaign: str
    disposition: str
    seconds: int | None
    cost_usd: Decimal | None


class FeedLine(Value):
    """One thing that was said or happened, newest first."""

    lead: str
    kind: str
    text: str


class Board(Value):
    """The whole picture at one moment. `live` is False while Redis cannot be read."""

    at: AwareDatetime
    live: bool
    lines: tuple[LineView, ...]
    campaigns: tuple[CampaignView, ...]
    lead_states: dict[str, int]
    funnel: Funnel
    money: Money
    appointments: tuple[BookedAppointment, ...]
    recent: tuple[Ended, ...]
    feed: tuple[FeedLine, ...]


def snapshot(session: Session, words: LiveWords, terms: Terms, now: datetime) -> Board:
    """The board as of `now`: states and money from the database, words from the live feed."""
    return Board(
        at=now,
        live=words.live,
        lines=_lines(session, words, terms.max_concurrent, now),
        campaigns=_campaigns(session),
        lead_states=_lead_states(session),
        funnel=reports.funnel(session),
        money=_money(session, terms, now),
        appointments=report_lists.appointments(session, None, APPOINTMENTS),
        recent=_recent(session),
        feed=_feed(session, words.told),
    )


def _lines(session: Session, words: LiveWords, count: int, now: datetime) -> tuple[LineView, ...]:
    taken = {
        row.slot: row
        for row in session.execute(
            select(CallSlot.slot, Attempt, Lead, Campaign.name)
            .join(Attempt, Attempt.id == CallSlot.attempt_id)
            .join(Lead, Lead.id == Attempt.lead_id)
            .join(Campaign, Campaign.id == Attempt.campaign_id)
        )
    }
    numbers = sorted({*range(1, count + 1), *taken})
    return tuple(
        _line(number, taken[number].Attempt, taken[number].Lead, taken[number].name, words, now)
        if number in taken
        else LineView(slot=number)
        for number in numbers
    )


def _line(
    slot: int, attempt: Attempt, lead: Lead, campaign: str, words: LiveWords, now: datetime
) -> LineView:
    since = attempt.answered_at or attempt.placing_at or attempt.reserved_at
    last = words.last.get(str(attempt.id))
    return LineView(
        slot=slot,
        phase=PHASES.get(attempt.state, attempt.state),
        attempt_id=str(attempt.id),
        lead=report_lists.name_of(lead),
        campaign=campaign,
        seconds=max(0, int((now - since).total_seconds())),
        speaker=last.speaker if last else "",
        words=last.text if last else "",
    )


def _campaigns(session: Session) -> tuple[CampaignView, ...]:
    finished = func.count(Lead.id).filter(Lead.state.in_(("done", "suppressed", "invalid")))
    rows = session.execute(
        select(Campaign, finished, func.count(Lead.id))
        .outerjoin(Lead, Lead.campaign_id == Campaign.id)
        .where(Campaign.state.not_in(("aborted",)))
        .group_by(Campaign.id)
        .order_by(Campaign.id.desc())
        .limit(6)
    )
    return tuple(
        CampaignView(
            id=one.id,
            name=one.name,
            state=one.state,
            status=in_words(one.state, one.state_reason, one.resume_at, one.timezone),
            finished=done,
            leads=total,
        )
        for one, done, total in rows
    )


def _lead_states(session: Session) -> dict[str, int]:
    rows = session.execute(select(Lead.state, func.count()).group_by(Lead.state))
    return dict.fromkeys(LEAD_STATES, 0) | {row[0]: row[1] for row in rows}


def _money(session: Session, terms: Terms, now: datetime) -> Money:
    today = ledger.purse(ledger.GLOBAL, terms.daily_budget_micros, terms.budget_zone, now)
    day = session.get(BudgetDay, (today.scope, today.day))
    return Money(
        spent=usd(day.spent_micros if day else 0),
        reserved=usd(day.reserved_micros if day else 0),
        budget=usd(today.limit_micros),
    )


def _recent(session: Session) -> tuple[Ended, ...]:
    rows = session.execute(
        select(Attempt, Lead, Campaign.name)
        .join(Lead, Lead.id == Attempt.lead_id)
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .where(Attempt.disposition.is_not(None))
        .order_by(Attempt.recorded_at.desc())
        .limit(RECENT)
    )
    return tuple(
        Ended(
            attempt_id=str(one.id),
            lead=report_lists.name_of(lead),
            campaign=campaign,
            disposition=one.disposition or "",
            seconds=one.duration_seconds,
            cost_usd=None if one.cost_micros is None else usd(one.cost_micros),
        )
        for one, lead, campaign in rows
    )


def _feed(session: Session, told: tuple[Told, ...]) -> tuple[FeedLine, ...]:
    names = _names(session, {one.attempt_id for one in told})
    return tuple(
        FeedLine(lead=names.get(one.attempt_id, "a lead"), kind=one.kind, text=one.text)
        for one in told
    )


def _names(session: Session, attempt_ids: set[str]) -> Mapping[str, str]:
    rows = session.execute(
        select(Attempt.id, Lead)
        .join(Lead, Lead.id == Attempt.lead_id)
        .where(Attempt.id.in_([UUID(one) for one in attempt_ids]))
    )
    return {str(attempt_id): report_lists.name_of(lead) for attempt_id, lead in rows}
