"""REST: budgets, the ledger, alerts, and the comparison with the carrier's usage."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from dialer import alerts, attempts, budgets, campaigns, usage
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_money_views import AlertView, BudgetView, LedgerView, UsageView
from dialer.db import transaction

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["money"]
)
Limit = Annotated[int, Query(ge=1, le=10_000)]


@router.get("/budget")
def budget(it: Wired, day: date | None = None) -> list[BudgetView]:
    """All campaigns together, then each: today in its own zone, or on a given day."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        found = budgets.standings(session, it.account_purse(now), now, day)
        return [BudgetView.of(one) for one in found]


@router.get("/ledger")
def ledger(
    it: Wired, attempt: str | None = None, campaign: str | None = None, limit: Limit = 100
) -> list[LedgerView]:
    """Movements of money, newest first; of one attempt, or of one campaign (id or name)."""
    with transaction(it.sessions) as session:
        found = budgets.entries(
            session,
            attempt_id=attempts.find(session, attempt).id if attempt else None,
            campaign_id=campaigns.find(session, campaign).id if campaign else None,
            limit=limit,
        )
        return [LedgerView.of(one) for one in found]


@router.get("/alerts")
def alerted(
    it: Wired, kind: str = "", campaign: str | None = None, limit: Limit = 100
) -> list[AlertView]:
    """What somebody should know, newest first; of one kind or campaign (id or name)."""
    with transaction(it.sessions) as session:
        campaign_id = campaigns.find(session, campaign).id if campaign else None
        found = alerts.every(session, kind=kind, campaign_id=campaign_id, limit=limit)
        return [AlertView.of(one) for one in found]


@router.get("/usage")
def used(it: Wired, day: date | None = None, limit: Limit = 31) -> list[UsageView]:
    """Days of the ledger beside the carrier's usage records, newest first."""
    with transaction(it.sessions) as session:
        return [UsageView.of(one) for one in usage.every(session, day, limit)]
