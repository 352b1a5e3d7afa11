"""The law as data: calling rules with their versions, and the states' own holidays."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class CallingRule(Base):
    """One effective-dated version of a rule; rows are only ever added.

    `hours` maps `mon` ... `sun` to lists of half-open local `HH:MM-HH:MM` windows. `holidays` is
    null (a holiday is a day like others) or the list of windows of a holiday (empty: no calls).
    `caps` lists `{"count", "hours"}`. Of the versions of one id the newest that is in force binds.
    """

    __tablename__ = "calling_rules"

    serial: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str]
    call_class: Mapped[str]
    hours: Mapped[dict[str, Any]]
    holidays: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    caps: Mapped[list[Any]]
    hard_block: Mapped[bool] = mapped_column(default=False)
    consent: Mapped[str] = mapped_column(default="")
    recording: Mapped[str] = mapped_column(default="")
    scrub_days: Mapped[int | None]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    authority: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    source_date: Mapped[str] = mapped_column(default="")
    confidence: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    confirmed_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class StateHoliday(Base):
    """A day that a jurisdiction closes (or, against the calendar, opens); rows are only added."""

    __tablename__ = "state_holidays"

    id: Mapped[Id]
    jurisdiction: Mapped[str]
    day: Mapped[date]
    name: Mapped[str]
    closed: Mapped[bool]
    source: Mapped[str]
    created_at: Mapped[datetime]
