"""What the API shows and takes of suppressions, do-not-call lists, consents and erasures."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.api.v1_views import View
from dialer.models import Consent, DncList, Suppression


class Asked(BaseModel):
    """A request; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewSuppression(Asked):
    """A number or pattern that must not be called any more."""

    phone: str = Field(
        examples=["+1 212 555 0123", "+1900*"], description="in a pattern, * is digits and ? one"
    )
    reason: str = Field(examples=["asked by letter"], min_length=1)
    evidence: str = ""
    campaign_id: int | None = Field(None, description="only this campaign; else all")
    until: date | None = Field(None, description="through this day (UTC); else for good")


class Lifting(Asked):
    """Why an entry ends; an opt-out spoken in a call needs evidence that it was taken back."""

    reason: str = Field(min_length=1)
    evidence: str = ""


class SuppressionView(View):
    """A number or pattern that is off limits, until it expires."""

    id: int
    phone: str = Field(examples=["+12125550123"])
    campaign_id: int | None
    reason: str
    source: str = Field(examples=["operator", "call", "api"])
    evidence: str
    created_at: AwareDatetime
    expires_at: AwareDatetime | None

    @classmethod
    def of(cls, one: Suppression) -> Self:
        """From the row."""
        return cls(
            id=one.id,
            phone=one.e164 or one.pattern or "",
            campaign_id=one.campaign_id,
            reason=one.reason,
            source=one.source,
            evidence=one.evidence,
            created_at=one.created_at,
            expires_at=one.expires_at,
        )


class DncListView(View):
    """A do-not-call file that is in force, and how old it is."""

    name: str = Field(examples=["ftc-national"])
    kind: str
    as_of: date
    age_days: int
    stale: bool = Field(description="older than 31 days: too old for a scrub")
    numbers: int
    sha256: str
    imported_at: AwareDatetime

    @classmethod
    def of(cls, one: DncList, age_days: int, stale: bool) -> Self:
        """From the row and its age."""
        return cls(
            name=one.name,
            kind=one.kind,
            as_of=one.as_of,
            age_days=age_days,
            stale=stale,
            numbers=one.numbers,
            sha256=one.sha256,
            imported_at=one.imported_at,
        )


class NewConsent(Asked):
    """What a person agreed to."""

    phone: str = Field(examples=["+1 212 555 0123"])
    wording: str = Field(examples=["I agree to automated calls about my property"])
    channel: str = Field(examples=["web form"])
    form: str = Field("written", description="written (signed) or express")
    captured_at: AwareDatetime
    purpose: str = ""
    evidence: str = Field("", description="where the proof lies")


class Revocation(Asked):
    """A person takes their consent back, by whatever means."""

    phone: str
    words: str = Field(min_length=1, examples=["wrote: do not call me with a robot"])


class ConsentView(View):
    """What a person agreed to, and when they took it back."""

    id: int
    purpose: str
    wording: str
    channel: str
    form: str
    captured_at: AwareDatetime
    source: str
    evidence: str
    revoked_at: AwareDatetime | None
    revocation: str

    @classmethod
    def of(cls, one: Consent) -> Self:
        """From the row."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class NewErasure(Asked):
    """A person asks to be forgotten."""

    phone: str
    reason: str = Field(min_length=1, examples=["asked by letter of 2026-11-20"])


class ErasureView(View):
    """What was emptied, and which recordings have to be deleted on other machines."""

    leads: int
    attempts: int
    files_missing: list[str]
