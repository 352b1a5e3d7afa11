"""Campaigns, and the calling rules that bound them."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ARRAY, Integer
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
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CallingRule(Base):
    """One effective-dated row of the law: when a class of calls may ring in a jurisdiction.

    `hours` maps `mon_fri`, `sat` and `sun` to lists of half-open `HH:MM-HH:MM` local windows.
    """

    __tablename__ = "calling_rules"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str]
    call_class: Mapped[str]
    hours: Mapped[dict[str, Any]]
    hard_block: Mapped[bool] = mapped_column(default=False)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    authority: Mapped[str]
    confidence: Mapped[str]
