"""Campaigns: made, found, moved from state to state, counted."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer import breakers, calling_rules, held_leads
from dialer.campaign_specs import CampaignSpec, Limits, Script, bounded, spec, weekdays
from dialer.errors import Conflict, NotFound
from dialer.models import Campaign, Lead
from dialer.rules.budget import micros
from dialer.rules.campaign_state import FINAL, PauseReason, State, Verb, after, to_run
from dialer.rules.holiday import Calendar
from dialer.rules.schedule import Schedule, next_open, open_at

__all__ = [
    "LEAD_STATES",
    "CampaignSpec",
    "Limits",
    "Script",
    "abort",
    "create",
    "drain",
    "every",
    "find",
    "lead_counts",
    "pause",
    "schedule_of",
    "spec",
    "start",
    "weekdays",
]

LEAD_STATES = ("ready", "waiting", "in_call", "done", "suppressed", "invalid")
OPEN_STATES = ("ready", "waiting", "in_call")


def create(session: Session, wanted: CampaignSpec, limits: Limits, now: datetime) -> Campaign:
    """Make a draft campaign. Raises `Conflict` when the name is taken, `InputError` when it asks
    for more than the settings allow."""
    bounded(wanted, limits)
    if session.scalar(select(Campaign.id).where(Campaign.name == wanted.name)):
        raise Conflict(f"there is a campaign named {wanted.name!r}", "Choose another name")
    campaign = Campaign(
        name=wanted.name,
        state=State.DRAFT,
        cost_per_call_micros=limits.cost_per_call_micros,
        max_call_seconds=limits.max_call_seconds,
        ring_timeout_seconds=limits.ring_timeout_seconds,
        caller_id=limits.caller_id,
        created_at=now,
    )
    describe(campaign, wanted, limits)
    session.add(campaign)
    session.flush()
    return campaign


def describe(campaign: Campaign, wanted: CampaignSpec, limits: Limits) -> None:
    """Write an operator's words into the row."""
    campaign.name, campaign.timezone = wanted.name, wanted.timezone
    campaign.window_start, campaign.window_end = wanted.opens, wanted.closes
    campaign.window_days = wanted.weekdays
    campaign.daily_budget_micros = micros(wanted.daily_budget)
    campaign.max_attempts = wanted.max_attempts or limits.max_attempts
    campaign.script = wanted.script.model_dump()
    campaign.starts_on, campaign.ends_on = wanted.starts_on, wanted.ends_on
    campaign.cron, campaign.cron_minutes = wanted.cron, wanted.run_minutes
    campaign.skip_holidays = wanted.skip_holidays
    campaign.weight, campaign.priority = wanted.weight, wanted.priority
    campaign.max_concurrent = wanted.max_concurrent
    campaign.call_class, campaign.live_reason = wanted.call_class, wanted.live_reason
    campaign.dnc_scrub, campaign.amd = wanted.dnc_scrub, wanted.amd
    campaign.retry = wanted.retry_words


def find(session: Session, key: str | int) -> Campaign:
    """By id or name. Raises `NotFound`."""
    text = str(key)
    query = select(Campaign).where(
        Campaign.id == int(text) if text.isdigit() else Campaign.name == text
    )
    campaign = session.scalar(query)
    if campaign is None:
        raise NotFound(f"there is no campaign {text!r}", "`dialer campaigns list` names them")
    return campaign


def every(session: Session) -> list[Campaign]:
    """All campaigns, newest first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.id.desc())))


def start(session: Session, campaign: Campaign, now: datetime) -> None:
    """Begin or go on calling: now, or `scheduled` until its schedule opens.

    A completed campaign that got new leads is reopened; one that its breaker paused goes on with
    probes. Raises `Conflict` when it has no lead to call, was aborted, or is past its dates.
    """
    breakers.half_open(session, campaign.id, now)
    _lock(session, campaign)
    state = State(campaign.state)
    if state is State.ABORTED:
        raise Conflict(f"campaign {campaign.name!r} is aborted", "Make a new one")
    _has_leads(session, campaign, state)
    held_leads.reconsider(session, now, campaign.id)
    schedule = schedule_of(campaign, calling_rules.law(session).closed)
    opens = next_open(schedule, now)
    if opens is None:
        raise Conflict(
            f"campaign {campaign.name!r} has no opening left in its schedule",
            "Change its dates or its cron with `dialer campaigns edit`",
        )
    if not open_at(schedule, now):
        move(campaign, Verb.SCHEDULE, now, resume_at=opens)
    elif verb := to_run(state):
        move(campaign, verb, now)


def pause(session: Session, campaign: Campaign, now: datetime) -> None:
    """No new calls from the next dial on; live calls end by themselves."""
    _lock(session, campaign)
    move(campaign, Verb.PAUSE, now, PauseReason.USER)


def drain(session: Session, campaign: Campaign, now: datetime) -> None:
    """No new calls; completed as soon as no call of it is live."""
    _lock(session, campaign)
    move(campaign, Verb.DRAIN, now)


def abort(session: Session, campaign: Campaign, now: datetime) -> None:
    """End it for good; live calls end by themselves and are recorded."""
    _lock(session, campaign)
    move(campaign, Verb.ABORT, now)


def move(
    campaign: Campaign,
    verb: Verb,
    now: datetime,
    reason: str = "",
    resume_at: datetime | None = None,
) -> None:
    """Move a locked campaign; a change bumps its epoch, so that no attempt decided before it is
    placed. Raises `Conflict` when the verb is not allowed in its state."""
    state = State(campaign.state)
    to = after(state, verb)
    if to is None:
        raise Conflict(
            f"campaign {campaign.name!r} is {state}, so it cannot be told to {verb}",
            "`dialer campaigns show` tells its state and why",
        )
    if (to, reason) != (campaign.state, campaign.state_reason):
        campaign.epoch += 1
    campaign.state, campaign.state_reason, campaign.resume_at = to, reason, resume_at
    if to is State.RUNNING:
        campaign.started_at = campaign.started_at or now
    campaign.ended_at = now if to in FINAL else None


def schedule_of(campaign: Campaign, calendar: Calendar) -> Schedule:
    """The campaign's own dates and runs; `calendar` is the law's."""
    return Schedule(
        campaign.timezone,
        campaign.starts_on,
        campaign.ends_on,
        campaign.cron,
        campaign.cron_minutes or 0,
        calendar if campaign.skip_holidays else None,
    )


def lead_counts(session: Session, campaign_id: int) -> dict[str, int]:
    """Leads by state; every state is named, so the sum is what was imported."""
    rows = session.execute(
        select(Lead.state, func.count()).where(Lead.campaign_id == campaign_id).group_by(Lead.state)
    )
    return dict.fromkeys(LEAD_STATES, 0) | {row[0]: row[1] for row in rows}


def _lock(session: Session, campaign: Campaign) -> None:
    """The row as it is committed now, locked; dials in progress, which share it, go first."""
    session.flush()
    session.refresh(campaign, with_for_update={"key_share": True})


def _has_leads(session: Session, campaign: Campaign, state: State) -> None:
    of_it = select(Lead.id).where(Lead.campaign_id == campaign.id)
    if session.scalar(of_it.limit(1)) is None:
        raise Conflict(
            f"campaign {campaign.name!r} has no leads", "`dialer leads import` a CSV first"
        )
    if state is State.COMPLETED:
        still_open = of_it.where(Lead.state.in_(OPEN_STATES)).limit(1)
        if session.scalar(still_open) is None:
            raise Conflict(
                f"campaign {campaign.name!r} is completed and has no lead left to call",
                "Import new leads, then start it again",
            )
