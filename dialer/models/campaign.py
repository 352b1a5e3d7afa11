"""Campaigns, and the breaker that stops one whose calls fail."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id, Micros


class Campaign(Base):
    """A list of leads, a script, a window and a budget."""

    __tablename__ = "campaigns"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="draft")
    state_reason: Mapped[str] = mapped_column(default="")
    epoch: Mapped[int] = mapped_column(default=1)
    timezone: Mapped[str]
    window_start: Mapped[time]
    window_end: Mapped[time]
    window_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    daily_budget_micros: Mapped[Micros]
    cost_per_call_micros: Mapped[Micros]
    max_attempts: Mapped[int]
    max_call_seconds: Mapped[int]
    ring_timeout_seconds: Mapped[int]
    caller_id: Mapped[str]
    script: Mapped[dict[str, Any]]
    priority: Mapped[int] = mapped_column(default=0)
    weight: Mapped[int] = mapped_column(default=1)
    max_concurrent: Mapped[int | None]
    call_class: Mapped[str] = mapped_column(default="automated")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    cron: Mapped[str] = mapped_column(default="")
    cron_minutes: Mapped[int | None]
    skip_holidays: Mapped[bool] = mapped_column(default=True)
    live_reason: Mapped[str] = mapped_column(default="")
    retry: Mapped[dict[str, Any]] = mapped_column(default=dict)
    dnc_scrub: Mapped[str] = mapped_column(default="auto")
    amd: Mapped[str] = mapped_column(default="off")
    resume_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Breaker(Base):
    """The circuit breaker of a campaign: its recent results, and how many probes went well."""

    __tablename__ = "breakers"

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id"), primary_key=True
    )
    state: Mapped[str] = mapped_column(default="closed")
    recent: Mapped[list[Any]] = mapped_column(default=list)
    probes: Mapped[int] = mapped_column(default=0)
    cooldown_seconds: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
