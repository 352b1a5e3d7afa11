"""What time does to campaigns: they open, close, wake, run dry; asked at every tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import ColumnElement, case, exists, or_, select, true
from sqlalchemy.orm import Session

from dialer import alerts, breakers, calling_rules, dnc_lists
from dialer.campaigns import move, schedule_of
from dialer.models import Breaker, Campaign, Import, Lead
from dialer.rules.breaker import Circuit
from dialer.rules.campaign_state import RESUMES_ITSELF, PauseReason, State, Verb
from dialer.rules.law import REGISTRY_DAYS, Law, in_force, scrub_days
from dialer.rules.schedule import next_open

FLAP = timedelta(minutes=2)
"""A rest shorter than this is not worth a change of state."""

MOVING = (State.SCHEDULED, State.RUNNING, State.PAUSED, State.DRAINING)
ARRIVING = ("uploaded", "staged", "normalised")


@dataclass(frozen=True, slots=True)
class Step:
    """Where the time moves a campaign, and why."""

    verb: Verb
    reason: str = ""
    resume_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What happened to a campaign."""

    campaign_id: int
    name: str
    before: str
    after: str
    reason: str


def advance(session: Session, now: datetime) -> list[Moved]:
    """Move every campaign whose time has come; safe to do twice, at once and by several.

    One query for all that can still move; a campaign that somebody else holds is left for the
    next tick.
    """
    found = _standing(session)
    if not found:
        return []
    day = _Day(session, now)
    moved = []
    for campaign, breaker, busy in found:
        step = day.step(campaign, breaker, busy)
        if step is None:
            continue
        if breaker and step.verb is Verb.RESUME:
            breakers.half_open(session, campaign.id, now)
        if held := _held(session, campaign):
            moved.append(_moved(session, held, step, now))
    return moved


def dormant(
    session: Session, campaign: Campaign, reason: str, resume_at: datetime, now: datetime
) -> bool:
    """Let a running campaign rest until `resume_at`, for nothing of it can be dialed before.

    `reason` is `window` or `budget`. False when that is within two minutes (it would flap), when
    it does not run, or when another dial looks at it, which will come to the same end.
    """
    if resume_at - now < FLAP:
        return False
    held = _held(session, campaign)
    if held is None or held.state != State.RUNNING:
        return False
    move(held, Verb.PAUSE, now, PauseReason(reason), resume_at)
    return True


class _Day:
    """What is needed to judge campaigns at one moment, read once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now

    def step(self, campaign: Campaign, breaker: Breaker | None, busy: bool) -> Step | None:
        """What is due for a campaign; None when it stays as it is."""
        match State(campaign.state):
            case State.DRAINING:
                return None if busy else Step(Verb.COMPLETE, "drained")
            case State.RUNNING:
                return self._running(campaign, breaker, busy)
            case State.SCHEDULED:
                return self._opened(campaign, Step(Verb.START))
            case _:
                return self._paused(campaign)

    def _running(self, campaign: Campaign, breaker: Breaker | None, busy: bool) -> Step | None:
        if breaker and breaker.state == Circuit.OPEN:
            return Step(Verb.PAUSE, PauseReason.BREAKER, breakers.resumes_at(breaker))
        if not busy:
            return Step(Verb.COMPLETE)
        if stale := self._stale(campaign):
            return Step(Verb.PAUSE, f"{PauseReason.ERROR}: {stale}")
        return self._opened(campaign, None)

    def _paused(self, campaign: Campaign) -> Step | None:
        code = campaign.state_reason.partition(":")[0]
        wakes = code in RESUMES_ITSELF and campaign.resume_at and campaign.resume_at <= self._now
        return self._opened(campaign, Step(Verb.RESUME)) if wakes else None

    def _opened(self, campaign: Campaign, inside: Step | None) -> Step | None:
        """`inside` while its schedule is open; else it waits for the next opening, or is over."""
        schedule = schedule_of(campaign, self._law.closed)
        opens = next_open(schedule, self._now)
        if opens is None:
            return Step(Verb.COMPLETE, "schedule over")
        if opens <= self._now:
            return inside
        if campaign.state == State.SCHEDULED and campaign.resume_at == opens:
            return None
        return Step(Verb.SCHEDULE, resume_at=opens)

    def _stale(self, campaign: Campaign) -> str:
        """Why the do-not-call registry is too old for this campaign; empty when it is not."""
        rules = self._law.applicable("US", (), campaign.call_class)
        days = scrub_days(in_force(rules, self._today))
        if days is None and campaign.dnc_scrub == "required":
            days = REGISTRY_DAYS
        if days is None:
            return ""
        found = self._scrub
        if found.as_of is None or found.age_days is None:
            return "the national DNC registry was never imported; `dialer dnc import` a fresh file"
        if found.age_days <= days:
            return ""
        return (
            f"the national DNC registry is of {found.as_of}, {found.age_days} days old, where "
            f"{days} are allowed; `dialer dnc import` a fresh file"
        )

    @property
    def _today(self) -> date:
        return self._now.date()

    @cached_property
    def _law(self) -> Law:
        return calling_rules.law(self._session)

    @cached_property
    def _scrub(self) -> dnc_lists.Scrub:
        return dnc_lists.scrub(self._session, self._now)


def _standing(session: Session) -> list[tuple[Campaign, Breaker | None, bool]]:
    """Campaigns that can still move, their breakers, and whether something of them is open."""

    def some(state: Sequence[str]) -> ColumnElement[bool]:
        return exists().where(Lead.campaign_id == Campaign.id, Lead.state.in_(state))

    arriving = exists().where(Import.campaign_id == Campaign.id, Import.state.in_(ARRIVING))
    busy = case(
        (Campaign.state == State.DRAINING, some(["in_call"])),
        (
            Campaign.state == State.RUNNING,
            or_(some(["ready"]), some(["waiting", "in_call"]), arriving),
        ),
        else_=true(),
    )
    rows = session.execute(
        select(Campaign, Breaker, busy)
        .outerjoin(Breaker, Breaker.campaign_id == Campaign.id)
        .where(Campaign.state.in_(MOVING))
        .order_by(Campaign.id)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _held(session: Session, campaign: Campaign) -> Campaign | None:
    """The campaign locked, unless somebody holds it or it was changed since it was read."""
    session.flush()
    return session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign.id, Campaign.epoch == campaign.epoch)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _moved(session: Session, campaign: Campaign, step: Step, now: datetime) -> Moved:
    before = campaign.state
    if step.reason == PauseReason.BREAKER and step.resume_at:
        breakers.pause(session, campaign, step.resume_at, now)
    else:
        move(campaign, step.verb, now, step.reason, step.resume_at)
    if step.reason.startswith(PauseReason.ERROR):
        _tell(session, campaign, now)
    return Moved(campaign.id, campaign.name, before, campaign.state, campaign.state_reason)


def _tell(session: Session, campaign: Campaign, now: datetime) -> None:
    words = campaign.state_reason.partition(": ")[2]
    key = f"campaign:{campaign.id}:{campaign.epoch}"
    message = f"Campaign {campaign.name!r} is paused: {words}, then start it again"
    alerts.raise_once(session, key, "campaign", "critical", message, now, campaign.id)
