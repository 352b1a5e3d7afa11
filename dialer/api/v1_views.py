"""What the API shows of campaigns, imports, attempts, suppressions and agents."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.models import Agent, Attempt, Campaign, Lead
from dialer.report import Usd
from dialer.rules.budget import usd
from dialer.waiting import Reason


class View(BaseModel):
    """A response; immutable."""

    model_config = ConfigDict(frozen=True)


class ImportAccepted(View):
    """The file was taken in; its rows are read by the workers."""

    import_id: int = Field(examples=[1])
    state: str = Field(examples=["uploaded"])


class FaultView(View):
    """A refused row."""

    line: int
    column: str
    reason: str


class NoteView(View):
    """A text that gave nothing although its rows were taken, and the first line of it."""

    line: int
    column: str
    text: str
    rows: int


class ImportView(View):
    """What became of a file."""

    import_id: int
    state: str = Field(examples=["ready"])
    rows_total: int
    rows_imported: int
    rows_rejected: int
    error: str
    faults: list[FaultView]
    notes: list[NoteView]


class AttemptView(View):
    """An attempt without its conversation."""

    id: str
    campaign_id: int
    lead_id: int
    lead: str = Field(examples=["Maria"])
    ordinal: int
    state: str = Field(examples=["completed"])
    cause: str
    disposition: str | None = Field(examples=["appointment_booked"])
    carrier_sid: str | None
    reserved_at: AwareDatetime
    placed_at: AwareDatetime | None
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    duration_seconds: int | None
    cost_usd: Usd | None

    @classmethod
    def of(cls, attempt: Attempt, lead: Lead) -> Self:
        """From the rows."""
        return cls(**_attempt(attempt, lead))


class AttemptDetail(AttemptView):
    """An attempt with what was said, how fast, and why it was dialed."""

    answered_by: str | None
    score: float | None
    answers: dict[str, str]
    transcript: list[dict[str, Any]]
    latency: list[dict[str, Any]]
    audio: dict[str, Any] | None = Field(description="how the line was; levels in dBFS")
    has_recording: bool
    decisions: list[dict[str, Any]]

    @classmethod
    def whole(cls, attempt: Attempt, lead: Lead, decisions: list[dict[str, Any]]) -> Self:
        """From the rows and the decisions."""
        outcome = attempt.outcome or {}
        return cls(
            **_attempt(attempt, lead),
            answered_by=outcome.get("answered_by"),
            score=outcome.get("score"),
            answers=outcome.get("answers", {}),
            transcript=outcome.get("transcript", []),
            latency=outcome.get("latency", []),
            audio=outcome.get("audio"),
            has_recording=bool(outcome.get("recording")),
            decisions=decisions,
        )


class ExplanationView(View):
    """Why a lead was called or not: its state, what would happen now, every decision."""

    lead_id: int
    campaign_id: int
    campaign: str
    state: str
    reason: str
    reason_words: str
    next_attempt_at: AwareDatetime | None
    now: dict[str, Any] = Field(description="the ruling of this moment; nothing is written")
    attempts: list[dict[str, Any]]
    decisions: list[dict[str, Any]] = Field(description="oldest first")


class ReasonView(View):
    """How many leads wait for one thing, and when the first of them may go on."""

    code: str = Field(examples=["outside_window:us-fed-hours:America/New_York"])
    words: str
    leads: int
    next_at: AwareDatetime | None


class WaitingView(View):
    """All leads of a campaign by what each of them waits for."""

    campaign: str
    state: str
    leads: int
    reasons: list[ReasonView]

    @classmethod
    def of(cls, campaign: Campaign, reasons: Sequence[Reason]) -> Self:
        """From the campaign and its reasons."""
        return cls(
            campaign=campaign.name,
            state=campaign.state,
            leads=sum(one.leads for one in reasons),
            reasons=[ReasonView(**asdict(one)) for one in reasons],
        )


class NewAgent(BaseModel):
    """A person who takes appointments."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(examples=["Dana Reyes"])
    email: str = Field(examples=["dana@harbor.example"])
    timezone: str = Field(examples=["America/New_York"])
    hours: str = Field("09:00-17:00", description="local working hours")
    days: str = "mon-fri"
    slot_minutes: int = 30


class AgentView(View):
    """A person of the team."""

    id: int
    name: str
    email: str
    timezone: str
    hours: str
    work_days: list[int]
    slot_minutes: int
    active: bool

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """From the row."""
        return cls(
            id=agent.id,
            name=agent.name,
            email=agent.email,
            timezone=agent.timezone,
            hours=f"{agent.work_start:%H:%M}-{agent.work_end:%H:%M}",
            work_days=agent.work_days,
            slot_minutes=agent.slot_minutes,
            active=agent.active,
        )


def _attempt(attempt: Attempt, lead: Lead) -> dict[str, Any]:
    names = ("campaign_id", "lead_id", "ordinal", "state", "cause", "disposition", "carrier_sid")
    times = ("reserved_at", "placed_at", "answered_at", "ended_at", "duration_seconds")
    return {name: getattr(attempt, name) for name in (*names, *times)} | {
        "id": str(attempt.id),
        "lead": lead.first_name,
        "cost_usd": None if attempt.cost_micros is None else usd(attempt.cost_micros),
    }
