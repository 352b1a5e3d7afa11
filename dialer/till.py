"""The till of one transaction: its purses locked once, its reservations written together.

Money is reserved in every purse that a call draws on, or in none. The lock on a purse is held
until the transaction ends, so no two reservations see the same room; the table's own check
(`within_budget`) refuses whatever would still be too much.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from dialer import budget_alerts, ledger
from dialer.ledger import Purse
from dialer.models import BudgetDay, LedgerEntry


class Till:
    """Reserves from purses; `close` writes what was reserved."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._days: dict[tuple[str, date], BudgetDay] = {}
        self._entries: list[dict[str, Any]] = []

    def reserve(
        self, attempt_id: UUID, purses: Sequence[Purse], amount_micros: int
    ) -> Purse | None:
        """Reserve `amount_micros` in every purse, or in none: returns the purse that is short.

        Purses must come in the same order from everybody, so that two tills cannot deadlock.
        """
        days = [self._day(one) for one in purses]
        for one, day in zip(purses, days, strict=True):
            bound = day.spent_micros + day.overrun_micros + day.reserved_micros
            if bound + amount_micros > day.limit_micros:
                return one
        for day in days:
            day.reserved_micros += amount_micros
            budget_alerts.moved(self._session, day, amount_micros, self._now)
            self._entries.append(
                {
                    "attempt_id": attempt_id,
                    "scope": day.scope,
                    "day": day.day,
                    "kind": "reserve",
                    "amount_micros": amount_micros,
                    "at": self._now,
                }
            )
        return None

    def close(self) -> None:
        """Write the purses and the ledger; the attempts must be in the session by now."""
        self._session.flush()
        if self._entries:
            self._session.execute(insert(LedgerEntry), self._entries)
        self._entries = []

    def _day(self, one: Purse) -> BudgetDay:
        key = (one.scope, one.day)
        if key not in self._days:
            self._days[key] = ledger.open_day(self._session, one)
        return self._days[key]
