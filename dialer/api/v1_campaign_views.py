"""What the API takes and shows of campaigns."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.campaign_specs import RetrySpec
from dialer.campaign_text import in_words
from dialer.models import Campaign
from dialer.report import Usd
from dialer.rules.budget import usd

SCRIPT = ("brand", "assistant_name", "purpose", "voicemail_text")
SAME = (
    *("id", "name", "state", "state_reason", "resume_at", "epoch", "window_days", "timezone"),
    *("max_attempts", "max_concurrent", "weight", "priority", "caller_id", "script"),
    *("starts_on", "ends_on", "cron", "skip_holidays", "call_class", "live_reason"),
    *("dnc_scrub", "amd", "retry", "created_at", "started_at", "ended_at"),
)
"""Fields that the view has from the row as they are."""


class CampaignView(BaseModel):
    """A campaign with its leads by state."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(examples=[1])
    name: str = Field(examples=["autumn"])
    state: str = Field(examples=["running"])
    state_reason: str = Field(examples=["budget"])
    resume_at: AwareDatetime | None
    status: str = Field(description="state, reason and hour in words")
    epoch: int = Field(description="counts changes; an attempt keeps the one it was decided under")
    window: str = Field(examples=["10:00-17:00"])
    window_days: list[int] = Field(examples=[[0, 1, 2, 3, 4]], description="Monday is 0")
    timezone: str = Field(examples=["America/New_York"])
    daily_budget_usd: Usd = Field(examples=[25.0])
    max_attempts: int
    max_concurrent: int | None
    weight: int
    priority: int
    caller_id: str
    script: dict[str, Any]
    starts_on: date | None
    ends_on: date | None
    cron: str
    run_minutes: int | None
    skip_holidays: bool
    call_class: str
    live_reason: str
    dnc_scrub: str
    amd: str
    retry: dict[str, Any]
    lead_states: dict[str, int] = Field(examples=[{"ready": 10, "done": 4}])
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, campaign: Campaign, lead_states: dict[str, int]) -> Self:
        """From the row and its counts."""
        return cls(
            **{name: getattr(campaign, name) for name in SAME},
            status=in_words(
                campaign.state, campaign.state_reason, campaign.resume_at, campaign.timezone
            ),
            window=f"{campaign.window_start:%H:%M}-{campaign.window_end:%H:%M}",
            daily_budget_usd=usd(campaign.daily_budget_micros),
            run_minutes=campaign.cron_minutes,
            lead_states=lead_states,
        )


class CampaignChanges(BaseModel):
    """Fields of a campaign to change; null empties what may be empty, what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, examples=["autumn"])
    window: str | None = Field(None, examples=["10:00-17:00"])
    days: str | None = Field(None, examples=["mon-fri"])
    timezone: str | None = Field(None, examples=["America/New_York"])
    daily_budget: Decimal | None = Field(None, examples=["25.00"])
    max_attempts: int | None = None
    max_concurrent: int | None = Field(None, description="lines at once; null: as all together")
    weight: int | None = Field(None, description="1 to 100, its share against other campaigns")
    priority: int | None = Field(None, description="higher goes first")
    starts_on: date | None = Field(None, description="first local day")
    ends_on: date | None = Field(None, description="last local day")
    cron: str | None = Field(None, examples=["0 10 * * mon-fri"], description="starts of runs")
    run_minutes: int | None = Field(None, examples=[120])
    skip_holidays: bool | None = Field(None, description="no run on federal holidays")
    call_class: str | None = Field(None, examples=["automated"])
    live_reason: str | None = Field(None, description="needed for call_class live")
    dnc_scrub: str | None = Field(None, examples=["auto"])
    amd: str | None = Field(None, examples=["off"])
    retry: dict[str, RetrySpec | None] | None = Field(
        None, examples=[{"no_answer": {"after_minutes": 240, "max": 3}}]
    )
    brand: str | None = Field(None, examples=["Harbor Realty"])
    assistant_name: str | None = Field(None, examples=["Ava"])
    purpose: str | None = None
    voicemail_text: str | None = None

    def words(self) -> dict[str, Any]:
        """The fields that were given, as a `CampaignSpec` names them."""
        given = self.model_dump(exclude_unset=True)
        script = {name: given.pop(name) for name in SCRIPT if name in given}
        return given | ({"script": script} if script else {})


class NewCampaign(CampaignChanges):
    """A campaign to be made. Window and budget are never guessed."""

    name: str = Field(examples=["autumn"])

    def words(self) -> dict[str, Any]:
        """The fields that were given; the script is never left out."""
        given = super().words()
        script = {name: text for name, text in given.get("script", {}).items() if text is not None}
        return given | {"script": script}
