"""Money: reserved before the dial, settled after the call, never more than the day's limit.

For every scope and day: spent + overrun = settled + trued up, and reserved is what was reserved
less what was settled and released. Rows are locked in one order: the attempt, then the purses.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import budget_alerts
from dialer.models import Attempt, BudgetDay, LedgerEntry
from dialer.rules.rate_card import Price

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Purse:
    """One budget that a call draws on: its scope, its limit, and its day in its own zone."""

    scope: str
    day: date
    limit_micros: int
    zone: str

    @property
    def next_day_at(self) -> datetime:
        """When the scope's next day begins and its purse is full again, aware UTC."""
        midnight = datetime.combine(self.day + timedelta(days=1), time(0), ZoneInfo(self.zone))
        return midnight.astimezone(UTC)


def purse(scope: str, limit_micros: int, zone: str, now: datetime) -> Purse:
    """The purse of the day that `now` falls on in the scope's own zone."""
    return Purse(scope, now.astimezone(ZoneInfo(zone)).date(), limit_micros, zone)


def open_day(session: Session, one: Purse) -> BudgetDay:
    """The purse's row, made if it is new, locked; its limit follows the setting, but never below
    what is already bound."""
    statement = insert(BudgetDay).values(
        scope=one.scope,
        day=one.day,
        limit_micros=one.limit_micros,
        reserved_micros=0,
        spent_micros=0,
    )
    bound = BudgetDay.reserved_micros + BudgetDay.spent_micros
    return session.scalars(
        statement.on_conflict_do_update(
            index_elements=[BudgetDay.scope, BudgetDay.day],
            set_={"limit_micros": func.greatest(one.limit_micros, bound)},
        ).returning(BudgetDay),
        execution_options={"populate_existing": True},
    ).one()


def charge(session: Session, attempt: Attempt, price: Price, now: datetime) -> None:
    """Settle a locked attempt at its price by the rate card, and keep what the price is made of.

    One that was settled before (charged, or given back) stays as it is.

    What exceeds the reservation (the carrier let a call run past its time limit) is not settled
    here: `true_up` books it when the carrier's own price arrives.
    """
    cost = min(price.total_micros, attempt.reserved_micros)
    if settle(session, attempt.id, cost, now):
        attempt.cost_micros, attempt.products = cost, price.by_product
        attempt.connectivity_micros = price.connectivity_micros - (price.total_micros - cost)


def settle(session: Session, attempt_id: UUID, cost_micros: int, now: datetime) -> bool:
    """Turn a reservation into what was spent and release the rest; a second time does nothing
    and returns False.

    `cost_micros` must not exceed the reservation.
    """
    reserved = session.execute(
        select(LedgerEntry.scope, LedgerEntry.day, LedgerEntry.amount_micros)
        .where(LedgerEntry.attempt_id == attempt_id, LedgerEntry.kind == "reserve")
        .order_by(LedgerEntry.id)
    ).all()
    for scope, day, amount in reserved:
        if not _write(session, attempt_id, scope, day, "settle", cost_micros, now):
            return False
        _write(session, attempt_id, scope, day, "release", amount - cost_micros, now)
        session.execute(
            update(BudgetDay)
            .where(BudgetDay.scope == scope, BudgetDay.day == day)
            .values(
                reserved_micros=BudgetDay.reserved_micros - amount,
                spent_micros=BudgetDay.spent_micros + cost_micros,
            )
        )
    return True


def true_up(session: Session, attempt_id: UUID, now: datetime, *, connectivity_micros: int) -> bool:
    """Book the carrier's own price of the connection in place of the one that was settled.

    Once per attempt; False when it was done before. The difference may be negative. What the
    day's limit has no room for is kept as overrun, which blocks new reservations and alerts.
    Raises `ValueError` for an attempt that was not charged yet.
    """
    attempt = session.get_one(Attempt, attempt_id, with_for_update=True, populate_existing=True)
    if attempt.cost_micros is None:
        raise ValueError(f"attempt {attempt_id} was not charged yet")
    if attempt.price_micros is not None:
        return False
    # An attempt that was given back was settled at nothing.
    difference = connectivity_micros - (attempt.connectivity_micros or 0)
    settled = session.execute(
        select(LedgerEntry.scope, LedgerEntry.day)
        .where(LedgerEntry.attempt_id == attempt_id, LedgerEntry.kind == "settle")
        .order_by(LedgerEntry.id)
    ).all()
    for scope, day in settled:
        if _write(session, attempt_id, scope, day, "true_up", difference, now):
            _correct(session, scope, day, difference, now)
    attempt.price_micros = connectivity_micros
    attempt.cost_micros += difference
    return True


def balance(session: Session, scope: str) -> tuple[int, int]:
    """(spent with overruns, reserved) micro-dollars of a scope over all days."""
    row = session.execute(
        select(
            func.coalesce(func.sum(BudgetDay.spent_micros + BudgetDay.overrun_micros), 0),
            func.coalesce(func.sum(BudgetDay.reserved_micros), 0),
        ).where(BudgetDay.scope == scope)
    ).one()
    return int(row[0]), int(row[1])


def _correct(session: Session, scope: str, day: date, difference: int, now: datetime) -> None:
    """Move what was spent by `difference`: within the limit as far as it goes, the rest as
    overrun, which later differences and a raised limit take back."""
    row = session.get_one(BudgetDay, (scope, day), with_for_update=True, populate_existing=True)
    gone = row.spent_micros + row.overrun_micros + difference
    before = row.overrun_micros
    row.spent_micros = min(gone, row.limit_micros - row.reserved_micros)
    row.overrun_micros = gone - row.spent_micros
    session.flush()
    if row.overrun_micros > before:
        budget_alerts.overrun(session, row, now)
    budget_alerts.moved(session, row, difference, now)


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
