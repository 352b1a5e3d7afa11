"""Money: reserved before the dial, settled after the call, never more than the day's limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer.models import BudgetDay, LedgerEntry

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Purse:
    """One budget that a call draws on: its scope, its local day and its limit."""

    scope: str
    day: date
    limit_micros: int


def purse(scope: str, limit_micros: int, zone: str, now: datetime) -> Purse:
    """The purse of the day that `now` falls on in the scope's own zone."""
    return Purse(scope, now.astimezone(ZoneInfo(zone)).date(), limit_micros)


def reserve(
    session: Session, attempt_id: UUID, purses: Sequence[Purse], amount_micros: int, now: datetime
) -> Purse | None:
    """Reserve `amount_micros` in every purse, or in none: returns the purse that is short.

    Purses are always locked in the given order, so two reservations cannot deadlock. The caller
    must let the transaction (or savepoint) roll back when a purse is returned.
    """
    for one in purses:
        _open(session, one)
        taken = session.execute(
            update(BudgetDay)
            .where(BudgetDay.scope == one.scope, BudgetDay.day == one.day)
            .where(
                BudgetDay.reserved_micros + BudgetDay.spent_micros + amount_micros
                <= BudgetDay.limit_micros
            )
            .values(reserved_micros=BudgetDay.reserved_micros + amount_micros)
            .returning(BudgetDay.scope)
        ).first()
        if taken is None:
            return one
        _write(session, attempt_id, one.scope, one.day, "reserve", amount_micros, now)
    return None


def settle(session: Session, attempt_id: UUID, cost_micros: int, now: datetime) -> None:
    """Turn a reservation into what was spent and release the rest; a second time does nothing.

    `cost_micros` must not exceed the reservation.
    """
    reserved = session.execute(
        select(LedgerEntry.scope, LedgerEntry.day, LedgerEntry.amount_micros)
        .where(LedgerEntry.attempt_id == attempt_id, LedgerEntry.kind == "reserve")
        .order_by(LedgerEntry.id)
    ).all()
    for scope, day, amount in reserved:
        if not _write(session, attempt_id, scope, day, "settle", cost_micros, now):
            continue
        _write(session, attempt_id, scope, day, "release", amount - cost_micros, now)
        session.execute(
            update(BudgetDay)
            .where(BudgetDay.scope == scope, BudgetDay.day == day)
            .values(
                reserved_micros=BudgetDay.reserved_micros - amount,
                spent_micros=BudgetDay.spent_micros + cost_micros,
            )
        )


def balance(session: Session, scope: str) -> tuple[int, int]:
    """(spent, reserved) micro-dollars of a scope over all days."""
    row = session.execute(
        select(
            func.coalesce(func.sum(BudgetDay.spent_micros), 0),
            func.coalesce(func.sum(BudgetDay.reserved_micros), 0),
        ).where(BudgetDay.scope == scope)
    ).one()
    return int(row[0]), int(row[1])


def _open(session: Session, one: Purse) -> None:
    """Make the day's row, or follow a changed limit; never below what is already bound."""
    statement = insert(BudgetDay).values(
        scope=one.scope,
        day=one.day,
        limit_micros=one.limit_micros,
        reserved_micros=0,
        spent_micros=0,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[BudgetDay.scope, BudgetDay.day],
            set_={
                "limit_micros": func.greatest(
                    one.limit_micros, BudgetDay.reserved_micros + BudgetDay.spent_micros
                )
            },
        )
    )


def _write(
    session: Session,
    attempt_id: UUID,
    scope: str,
    day: date,
    kind: str,
    amount_micros: int,
    now: datetime,
) -> bool:
    """One ledger line; False when it stands there already."""
    written = session.execute(
        insert(LedgerEntry)
        .values(
            attempt_id=attempt_id,
            scope=scope,
            day=day,
            kind=kind,
            amount_micros=amount_micros,
            at=now,
        )
        .on_conflict_do_nothing()
        .returning(LedgerEntry.id)
    ).first()
    return written is not None
