"""The numbers that we call from."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class CallerId(Base):
    """A number that the account owns, with how often a day and after what rest it may dial."""

    __tablename__ = "caller_ids"

    id: Mapped[Id]
    e164: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(default="")
    daily_cap: Mapped[int | None]
    rest_seconds: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    last_used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CampaignCallerId(Base):
    """A campaign's own choice from the pool; without any it uses its `caller_id` alone."""

    __tablename__ = "campaign_caller_ids"

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id"), primary_key=True
    )
    caller_id_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("caller_ids.id"), primary_key=True
    )
