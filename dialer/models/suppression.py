"""Numbers that must not be called."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class Suppression(Base):
    """A number that is off limits, for one campaign or (campaign null) for all."""

    __tablename__ = "suppressions"

    id: Mapped[Id]
    e164: Mapped[str]
    campaign_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    reason: Mapped[str]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(default="")
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
