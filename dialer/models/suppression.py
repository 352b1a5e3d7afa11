"""Who must not be called, and who agreed to be: suppressions, DNC lists, erasures, consents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class DncList(Base):
    """A do-not-call file that was taken in, by the date as of which it holds."""

    __tablename__ = "dnc_lists"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    as_of: Mapped[date]
    sha256: Mapped[str]
    numbers: Mapped[int] = mapped_column(BigInteger)
    imported_at: Mapped[datetime]


class Suppression(Base):
    """A number or a pattern that is off limits, for one campaign or (campaign null) for all.

    In a pattern `*` stands for any digits and `?` for one; exactly one of the two is set.
    """

    __tablename__ = "suppressions"

    id: Mapped[Id]
    e164: Mapped[str | None]
    pattern: Mapped[str | None]
    campaign_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    list_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("dnc_lists.id", ondelete="CASCADE")
    )
    reason: Mapped[str]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class Erasure(Base):
    """A number whose person asked to be forgotten, as a keyed hash: it stays uncallable."""

    __tablename__ = "erasures"

    hash: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    reason: Mapped[str]
    erased_at: Mapped[datetime]


class Consent(Base):
    """What a person agreed to: the wording, when, through which channel, and its revocation.

    `form` is `written` (signed, 47 CFR 64.1200(f)(9)) or `express`; `purpose` is what for.
    """

    __tablename__ = "consents"

    id: Mapped[Id]
    phone_id: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str]
    wording: Mapped[str]
    channel: Mapped[str]
    form: Mapped[str]
    captured_at: Mapped[datetime]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation: Mapped[str] = mapped_column(default="")
