"""How the budgets stand: each scope's day, and the ledger lines behind it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import ledger
from dialer.models import Attempt, BudgetDay, Campaign, LedgerEntry
from dialer.rules.campaign_state import FINAL


@dataclass(frozen=True, slots=True)
class Standing:
    """One scope's budget on one of its own days, in micro-dollars."""

    scope: str
    name: str
    day: date
    zone: str
    limit_micros: int
    spent_micros: int
    reserved_micros: int
    overrun_micros: int

    @property
    def percent(self) -> Decimal:
        """How much of the limit is bound (spent, overrun and reserved), to a tenth."""
        bound = self.spent_micros + self.overrun_micros + self.reserved_micros
        return (Decimal(100 * bound) / self.limit_micros).quantize(Decimal("0.1"))


def standings(
    session: Session, account: ledger.Purse, now: datetime, day: date | None = None
) -> list[Standing]:
    """The budget of all campaigns together, then each campaign's: on `day`, or today.

    Today is each scope's own. `account` is the global purse. A campaign that is over is shown
    only on days on which it bound money.
    """
    purses = [("all campaigns", account, True)]
    for campaign in session.scalars(select(Campaign).order_by(Campaign.id)):
        purse = ledger.purse(
            f"campaign:{campaign.id}", campaign.daily_budget_micros, campaign.timezone, now
        )
        purses.append((campaign.name, purse, campaign.state not in FINAL))
    found = []
    for name, purse, always in purses:
        row = session.get(BudgetDay, (purse.scope, day or purse.day))
        if row is not None or always:
            found.append(_standing(name, purse, day or purse.day, row))
    return found


def entries(
    session: Session,
    *,
    attempt_id: UUID | None = None,
    campaign_id: int | None = None,
    limit: int = 100,
) -> list[LedgerEntry]:
    """Ledger lines, newest first: of one attempt, of one campaign's attempts, or all."""
    query = select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(limit)
    if attempt_id is not None:
        query = query.where(LedgerEntry.attempt_id == attempt_id)
    if campaign_id is not None:
        query = query.join(Attempt, Attempt.id == LedgerEntry.attempt_id).where(
            Attempt.campaign_id == campaign_id
        )
    return list(session.scalars(query))


def _standing(name: str, purse: ledger.Purse, day: date, row: BudgetDay | None) -> Standing:
    return Standing(
        scope=purse.scope,
        name=name,
        day=day,
        zone=purse.zone,
        limit_micros=row.limit_micros if row else purse.limit_micros,
        spent_micros=row.spent_micros if row else 0,
        reserved_micros=row.reserved_micros if row else 0,
        overrun_micros=row.overrun_micros if row else 0,
    )
