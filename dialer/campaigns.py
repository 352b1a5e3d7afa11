"""Campaigns: made, started, paused, counted."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer.errors import Conflict, InputError, NotFound
from dialer.models import Campaign, Lead
from dialer.phone import E164
from dialer.rules.budget import micros
from dialer.rules.wall_clock import known_zones

LEAD_STATES = ("ready", "waiting", "in_call", "done", "suppressed", "invalid")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Script(BaseModel):
    """What the voice says on behalf of the team."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    assistant_name: str = "Ava"
    brand: str
    purpose: str = "about selling your home"
    voicemail_text: str = ""


class CampaignSpec(BaseModel):
    """What an operator says of a new campaign. A window and a budget are never guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    window: str = Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$", examples=["10:00-17:00"])
    days: str = "mon-fri"
    timezone: str = "America/New_York"
    daily_budget: Decimal = Field(gt=0)
    max_attempts: int | None = Field(default=None, ge=1, le=10)
    script: Script

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        known_zones([value])
        return value

    @property
    def opens(self) -> time:
        """First minute of the window."""
        return _clock(self.window.split("-")[0])

    @property
    def closes(self) -> time:
        """End of the window, exclusive."""
        return _clock(self.window.split("-")[1])

    @property
    def weekdays(self) -> list[int]:
        """Days as numbers, Monday 0."""
        return weekdays(self.days)


class Limits(BaseModel):
    """The settings that bound every campaign, handed in by wiring."""

    model_config = ConfigDict(frozen=True)

    caller_id: E164
    cost_per_call_micros: int
    max_attempts: int
    max_call_seconds: int
    ring_timeout_seconds: int


def spec(**fields: Any) -> CampaignSpec:
    """Check an operator's words. Raises `InputError` naming each wrong field."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        checked = CampaignSpec(**given)
        if checked.opens >= checked.closes:
            raise InputError(
                f"window {checked.window}: the end is not after the start",
                "Write it as start-end of one local day, such as 10:00-17:00",
            )
        _ = checked.weekdays
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise InputError(
            f"the campaign cannot be made: {faults}",
            "A campaign needs a name, a window (10:00-17:00), a daily budget in USD and a brand",
        ) from None
    return checked


def weekdays(text: str) -> list[int]:
    """`mon-fri`, `sat`, `mon,wed,fri` as numbers. Raises `InputError` on an unknown day."""
    found: set[int] = set()
    for part in text.lower().split(","):
        names = [name.strip()[:3] for name in part.split("-")]
        if not all(name in WEEKDAYS for name in names) or len(names) > 2:
            raise InputError(f"days {text!r} are not understood", "Write mon-fri or mon,wed,sat")
        first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        if last < first:
            raise InputError(f"days {part!r} run backwards", "Write mon-fri or sat,sun,mon")
        found.update(range(first, last + 1))
    return sorted(found)


def create(session: Session, wanted: CampaignSpec, limits: Limits, now: datetime) -> Campaign:
    """Make a draft campaign. Raises `Conflict` when the name is taken."""
    if session.scalar(select(Campaign.id).where(Campaign.name == wanted.name)):
        raise Conflict(f"there is a campaign named {wanted.name!r}", "Choose another name")
    campaign = Campaign(
        name=wanted.name,
        state="draft",
        timezone=wanted.timezone,
        window_start=wanted.opens,
        window_end=wanted.closes,
        window_days=wanted.weekdays,
        daily_budget_micros=micros(wanted.daily_budget),
        cost_per_call_micros=limits.cost_per_call_micros,
        max_attempts=wanted.max_attempts or limits.max_attempts,
        max_call_seconds=limits.max_call_seconds,
        ring_timeout_seconds=limits.ring_timeout_seconds,
        caller_id=limits.caller_id,
        script=wanted.script.model_dump(),
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    return campaign


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
    """Begin or go on calling. Raises `Conflict` when it has ended or has no leads."""
    if campaign.state in {"completed", "aborted"}:
        raise Conflict(f"campaign {campaign.name!r} is {campaign.state}", "Make a new one")
    leads = session.scalar(
        select(func.count()).select_from(Lead).where(Lead.campaign_id == campaign.id)
    )
    if not leads:
        raise Conflict(
            f"campaign {campaign.name!r} has no leads", "`dialer leads import` a CSV first"
        )
    _move(campaign, "running", "")
    campaign.started_at = campaign.started_at or now


def pause(campaign: Campaign, reason: str = "user") -> None:
    """No new calls from the next dial on; live calls end by themselves."""
    if campaign.state not in {"running", "paused"}:
        raise Conflict(
            f"campaign {campaign.name!r} is {campaign.state}", "Only a running one can be paused"
        )
    _move(campaign, "paused", reason)


def lead_counts(session: Session, campaign_id: int) -> dict[str, int]:
    """Leads by state; every state is named, so the sum is what was imported."""
    rows = session.execute(
        select(Lead.state, func.count()).where(Lead.campaign_id == campaign_id).group_by(Lead.state)
    )
    return dict.fromkeys(LEAD_STATES, 0) | {row[0]: row[1] for row in rows}


def _move(campaign: Campaign, state: str, reason: str) -> None:
    if campaign.state != state:
        campaign.epoch += 1
    campaign.state, campaign.state_reason = state, reason


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no time of day", "Write 10:00-17:00") from None
