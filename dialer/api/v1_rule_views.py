"""What the API shows and takes of the law: rules in all versions, and an operator's changes."""

from datetime import date
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.api.v1_views import View
from dialer.calling_rules import rule_of, unconfirmed
from dialer.models import CallingRule
from dialer.rules import rule_words


class RuleView(View):
    """One version of a rule; `fault` says why it cannot be read, which closes its places."""

    id: str = Field(examples=["us-fl"])
    version: int
    binds_today: bool
    jurisdiction: str = Field(examples=["US-FL"])
    call_class: str = Field(examples=["any"])
    week: str = Field(examples=["Mon-Sun 08:00-20:00"])
    hours: Any
    holidays: Any
    caps: Any
    hard_block: bool
    consent: str
    recording: str
    scrub_days: int | None
    effective_from: date
    effective_to: date | None
    authority: str
    source: str
    source_date: str
    confidence: str
    confirmed: bool
    confirmed_by: str
    reason: str
    note: str
    fault: str
    created_at: AwareDatetime

    @classmethod
    def of(cls, row: CallingRule, binding: frozenset[tuple[str, int]]) -> Self:
        """The view of a row; `binding` are ids and versions that bind today."""
        stored = {
            field: getattr(row, field) for field in cls.model_fields if hasattr(CallingRule, field)
        }
        return cls(
            **stored,
            binds_today=(row.id, row.version) in binding,
            week=rule_words.week(row.hours),
            confirmed=not unconfirmed(row),
            fault=rule_of(row).fault,
        )


class NewPreset(BaseModel):
    """Other hours for the preset, as in a rule pack; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, examples=["leads asked to be called in the evening"])
    by: str = "api"
    mon_fri: str | None = Field(None, examples=["09:00-20:00"])
    sat: str | None = Field(None, examples=["10:00-16:00"])
    sun: str | None = Field(None, examples=["none"])
    holidays: str | None = Field(None, examples=["none"])
    attempt_cap: str | None = Field(None, examples=["3 per 24h"])

    def fields(self) -> dict[str, str]:
        """The fields of the pack that were given."""
        return self.model_dump(exclude={"reason", "by"}, exclude_none=True)


class Confirmation(BaseModel):
    """Who vouches for a rule, and on what grounds."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(min_length=1, examples=["counsel"])
    reason: str = Field(min_length=1, examples=["statute read on the legislature's site"])
