"""Our account of a day beside the carrier's: what we booked, and what its usage records bill."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import alerts
from dialer.carrier.port import Carrier, UsageCategory
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.models import Attempt, UsageCheck
from dialer.rules.budget import usd

SCOPE = "account"
DAYS_COMPARED = 2
"""The carrier goes on adding to a day after its end, and so do late prices."""
PRODUCTS = {
    UsageCategory.CONNECTION: "voice",
    UsageCategory.STREAM: "stream",
    UsageCategory.DETECTION: "amd",
}
SHARE_PERCENT = 5
LEAST_MICROS = 100_000


def compare(factory: Sessions, clock: Clock, carrier: Carrier, day: date) -> UsageCheck:
    """Compare one day (UTC, by the end of the calls) and keep the result; a second time renews it.

    Alerts once a day when the sums differ by more than 5 % and 0.10 USD. Raises `CarrierError`.
    """
    billed = carrier.usage(day)
    with transaction(factory) as session:
        now = clock.of(session)
        booked = ours(session, day)
        check = _keep(session, day, booked, billed, now)
        if differs(check.ledger_micros, check.carrier_micros):
            _tell(session, check, now)
        return check


def ours(session: Session, day: date) -> dict[str, int]:
    """What we booked for the calls that ended on `day` (UTC), in the carrier's categories."""
    since = datetime.combine(day, time(0), UTC)
    parts = [
        func.coalesce(func.sum(cast(Attempt.products[name].astext, BigInteger)), 0)
        for name in PRODUCTS.values()
    ]
    # The carrier's own price of the connection, where it has come, instead of the rate card's.
    better = func.coalesce(
        func.sum(Attempt.price_micros - cast(Attempt.products["voice"].astext, BigInteger)), 0
    )
    row = session.execute(
        select(better, *parts).where(
            Attempt.ended_at >= since,
            Attempt.ended_at < since + timedelta(days=1),
            Attempt.products.is_not(None),
        )
    ).one()
    corrected, *sums = (int(value or 0) for value in row)
    found = {category.value: amount for category, amount in zip(PRODUCTS, sums, strict=True)}
    found[UsageCategory.CONNECTION.value] += corrected
    return found


def differs(ledger_micros: int, carrier_micros: int) -> bool:
    """Whether a person should look at it."""
    apart = abs(ledger_micros - carrier_micros)
    return apart > LEAST_MICROS and apart * 100 > SHARE_PERCENT * max(ledger_micros, carrier_micros)


def every(session: Session, day: date | None = None, limit: int = 31) -> list[UsageCheck]:
    """Comparisons, newest day first."""
    query = select(UsageCheck).order_by(UsageCheck.day.desc()).limit(limit)
    return list(session.scalars(query.where(UsageCheck.day == day) if day else query))


def _keep(
    session: Session, day: date, booked: dict[str, int], billed: dict[str, int], now: datetime
) -> UsageCheck:
    found = {
        "ledger_micros": sum(booked.values()),
        "carrier_micros": sum(billed.values()),
        "detail": {"ledger": booked, "carrier": billed},
        "checked_at": now,
    }
    statement = insert(UsageCheck).values(scope=SCOPE, day=day, **found)
    return session.scalars(
        statement.on_conflict_do_update(
            index_elements=[UsageCheck.scope, UsageCheck.day], set_=found
        ).returning(UsageCheck),
        execution_options={"populate_existing": True},
    ).one()


def _tell(session: Session, check: UsageCheck, now: datetime) -> None:
    alerts.raise_once(
        session,
        f"usage:{check.day}",
        "usage",
        "warning",
        f"The carrier bills ${usd(check.carrier_micros):.4f} for {check.day} (UTC), the ledger "
        f"holds ${usd(check.ledger_micros):.4f}: compare `dialer budget usage --day {check.day}` "
        "with the rate card",
        now,
    )
