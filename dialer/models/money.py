"""The ledger and the budgets of the day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id, Micros


class BudgetDay(Base):
    """What one scope may spend on one day. The table checks reserved + spent <= limit."""

    __tablename__ = "budget_days"

    scope: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    limit_micros: Mapped[Micros]
    reserved_micros: Mapped[Micros] = mapped_column(default=0)
    spent_micros: Mapped[Micros] = mapped_column(default=0)


class LedgerEntry(Base):
    """One movement of money: reserve, then settle and release; each once per attempt and scope."""

    __tablename__ = "ledger_entries"

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    scope: Mapped[str]
    day: Mapped[date]
    kind: Mapped[str]
    amount_micros: Mapped[Micros]
    at: Mapped[datetime]
