"""The ledger, the budgets of the day, and their comparison with the carrier's own account."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id, Micros


class BudgetDay(Base):
    """What one scope may spend on one day. The table checks reserved + spent <= limit.

    `overrun_micros` is what the carrier charged beyond all reservations; it blocks new ones.
    """

    __tablename__ = "budget_days"

    scope: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    limit_micros: Mapped[Micros]
    reserved_micros: Mapped[Micros] = mapped_column(default=0)
    spent_micros: Mapped[Micros] = mapped_column(default=0)
    overrun_micros: Mapped[Micros] = mapped_column(default=0)


class LedgerEntry(Base):
    """One movement of money: reserve, settle, release, true_up; each once an attempt and scope."""

    __tablename__ = "ledger_entries"

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    scope: Mapped[str]
    day: Mapped[date]
    kind: Mapped[str]
    amount_micros: Mapped[Micros]
    at: Mapped[datetime]


class UsageCheck(Base):
    """A day's sum of our ledger beside the carrier's usage records."""

    __tablename__ = "usage_checks"

    scope: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    ledger_micros: Mapped[Micros]
    carrier_micros: Mapped[Micros]
    detail: Mapped[dict[str, Any]]
    checked_at: Mapped[datetime]
