"""What an operator may say of a campaign, checked field by field; nothing here is stored."""

from datetime import date, time
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dialer.errors import InputError
from dialer.phone import E164
from dialer.rules.retry import policy
from dialer.rules.schedule import check_cron
from dialer.rules.wall_clock import known_zones

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REMEDY = "A campaign needs a name, a window (10:00-17:00), a daily budget in USD and a brand"


class Part(BaseModel):
    """A piece of a campaign's description: immutable, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Script(Part):
    """What the voice says on behalf of the team."""

    assistant_name: str = "Ava"
    brand: str
    purpose: str = "about selling your home"
    voicemail_text: str = ""


class RetrySpec(Part):
    """How one disposition is tried again; what is not said keeps its default."""

    after_minutes: int | None = Field(None, ge=1, le=43_200)
    jitter_minutes: int | None = Field(None, ge=0, le=1_440)
    max: int | None = Field(None, ge=1, le=10, description="attempts of a lead that end this way")
    other_daypart: bool | None = None


class CampaignSpec(Part):
    """What an operator says of a campaign. A window and a budget are never guessed.

    `cron` opens a run of `run_minutes` at each occurrence in `timezone`; dates are local and
    inclusive. `call_class` `live` needs `live_reason`: the product's voice is artificial, so
    47 CFR 64.1200(a)(1) and most states treat its calls as automated.
    """

    name: str = Field(min_length=1)
    window: str = Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$", examples=["10:00-17:00"])
    days: str = "mon-fri"
    timezone: str = "America/New_York"
    daily_budget: Decimal = Field(gt=0)
    max_attempts: int | None = Field(default=None, ge=1, le=10)
    script: Script
    starts_on: date | None = None
    ends_on: date | None = None
    cron: str = ""
    run_minutes: int | None = Field(default=None, ge=1, le=1440)
    skip_holidays: bool = True
    weight: int = Field(default=1, ge=1, le=100)
    priority: int = Field(default=0, ge=-1000, le=1000)
    max_concurrent: int | None = Field(default=None, ge=1)
    call_class: Literal["automated", "live"] = "automated"
    live_reason: str = ""
    dnc_scrub: Literal["auto", "required"] = "auto"
    amd: Literal["off", "async"] = "off"
    retry: dict[str, RetrySpec] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        known_zones([value])
        return value

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        if value:
            check_cron(value)
        return value

    @field_validator("retry")
    @classmethod
    def _retry(cls, value: dict[str, RetrySpec]) -> dict[str, RetrySpec]:
        policy(_plain(value))
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise InputError(
                f"ends_on {self.ends_on} is before starts_on {self.starts_on}", "Swap the dates"
            )
        if bool(self.cron) != (self.run_minutes is not None):
            raise InputError(
                "cron and run_minutes belong together: when a run begins and how long it lasts",
                "Give both, such as cron '0 10 * * mon-fri' with run_minutes 120, or neither",
            )
        if self.call_class == "live" and not self.live_reason.strip():
            raise InputError(
                "call_class: live is refused without a live_reason, for the voice is artificial",
                "Leave it automated, or state in live_reason why the law's rules for automated "
                "calls do not hold for this campaign",
            )
        return self

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

    @property
    def retry_words(self) -> dict[str, dict[str, Any]]:
        """The retry policy as it is stored: only what was said."""
        return _plain(self.retry)


class Limits(BaseModel):
    """The settings that bound every campaign, handed in by wiring."""

    model_config = ConfigDict(frozen=True)

    caller_id: E164
    cost_per_call_micros: int
    max_attempts: int
    max_call_seconds: int
    ring_timeout_seconds: int
    max_concurrent: int = 5


def spec(**fields: Any) -> CampaignSpec:
    """Check an operator's words; None means not said. Raises `InputError` naming each fault."""
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        checked = CampaignSpec(**given)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise InputError(f"the campaign cannot be so: {faults}", REMEDY) from None
    if checked.opens >= checked.closes:
        raise InputError(
            f"window {checked.window}: the end is not after the start",
            "Write it as start-end of one local day, such as 10:00-17:00",
        )
    _ = checked.weekdays
    return checked


def bounded(wanted: CampaignSpec, limits: Limits) -> None:
    """Raises `InputError` when a campaign asks for more than the settings allow."""
    if wanted.max_concurrent and wanted.max_concurrent > limits.max_concurrent:
        raise InputError(
            f"max_concurrent {wanted.max_concurrent} is more than all campaigns may have together",
            f"At most {limits.max_concurrent}, the setting MAX_CONCURRENT_CALLS",
        )


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


def days_text(numbers: list[int]) -> str:
    """Numbers (Monday 0) as an operator writes them: `mon,wed`."""
    return ",".join(WEEKDAYS[number] for number in numbers)


def _plain(retry: dict[str, RetrySpec]) -> dict[str, dict[str, Any]]:
    return {name: one.model_dump(exclude_none=True) for name, one in retry.items()}


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no time of day", "Write 10:00-17:00") from None
