"""The REST API, version 1: one router for the application to include."""

from fastapi import APIRouter

from dialer.api import (
    health,
    v1_caller_ids,
    v1_calls,
    v1_campaigns,
    v1_evidence,
    v1_money,
    v1_people,
    v1_rules,
    v1_team,
)

router = APIRouter()
router.include_router(health.router)
for part in (
    v1_campaigns.router,
    v1_calls.router,
    v1_people.router,
    v1_team.router,
    v1_money.router,
    v1_caller_ids.router,
    v1_evidence.router,
    v1_rules.router,
):
    router.include_router(part, prefix="/api/v1")
