"""Phones, leads, and the imports that they came in with."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class Phone(Base):
    """One row per E.164 number, whatever campaigns and lists it stands in."""

    __tablename__ = "phones"

    id: Mapped[Id]
    e164: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str]
    created_at: Mapped[datetime]


class Locality(Base):
    """Where a number may ring: its country, zones and candidate states, or why nobody knows.

    One row for all leads of the same combination, so that the law is judged once for them.
    """

    __tablename__ = "localities"

    id: Mapped[Id]
    country: Mapped[str]
    zones: Mapped[list[str]] = mapped_column(ARRAY(Text))
    states: Mapped[list[str]] = mapped_column(ARRAY(Text))
    blocked: Mapped[str] = mapped_column(default="")


class Lead(Base):
    """A person to call in one campaign; always in exactly one state.

    `ready` is due since `next_attempt_at`; `waiting` is due then, or held while it is null. Its
    references are no foreign keys, for the sake of imports; what they name is never deleted.
    """

    __tablename__ = "leads"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(BigInteger)
    phone_id: Mapped[int] = mapped_column(BigInteger)
    locality_id: Mapped[int] = mapped_column(BigInteger)
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    line: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="ready")
    next_attempt_at: Mapped[datetime | None]
    callback: Mapped[bool] = mapped_column(default=False)
    priority: Mapped[int] = mapped_column(default=0)
    attempts_made: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    timezone: Mapped[str] = mapped_column(default="")
    timezone_source: Mapped[str] = mapped_column(default="")
    intent: Mapped[str] = mapped_column(default="sell")
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CampaignLocality(Base):
    """The localities in which a campaign has leads, so that nobody has to search for them."""

    __tablename__ = "campaign_localities"

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id"), primary_key=True
    )
    locality_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("localities.id"), primary_key=True
    )


class Import(Base):
    """One uploaded file and what became of its rows."""

    __tablename__ = "imports"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    filename: Mapped[str]
    sha256: Mapped[str]
    state: Mapped[str] = mapped_column(default="uploaded")
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_imported: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    places: Mapped[list[Any]] = mapped_column(default=list)
    notes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportChunk(Base):
    """A piece of the uploaded file, so that any worker on any machine can read it."""

    __tablename__ = "import_chunks"

    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True
    )
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Base):
    """A normalised row that waits to become a lead; deleted when its import is ready.

    `place` is the position of its locality in the import's `places`.
    """

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    e164: Mapped[str]
    country: Mapped[str]
    place: Mapped[int]
    intent: Mapped[str]
    priority: Mapped[int]
    extra: Mapped[dict[str, Any]]
    consent_wording: Mapped[str]
    consent_channel: Mapped[str]
    consent_at: Mapped[str]
    consent_form: Mapped[str]
    consent_purpose: Mapped[str]
    external_id: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str]
    address: Mapped[str]
    city: Mapped[str]
    region: Mapped[str]
    postal_code: Mapped[str]
    timezone: Mapped[str]


class RowFault(Base):
    """A row that was refused: where, and why."""

    __tablename__ = "import_errors"

    id: Mapped[Id]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("imports.id", ondelete="CASCADE"))
    line: Mapped[int]
    column: Mapped[str]
    reason: Mapped[str]
