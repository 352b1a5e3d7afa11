"""What a person should know about: budgets, breakers, stale lists, differences in money."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class Alert(Base):
    """One thing to tell the operator, once per key; `told_at` when it was sent by mail."""

    __tablename__ = "alerts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    campaign_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
