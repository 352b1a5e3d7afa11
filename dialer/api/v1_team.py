"""REST: numbers that must not be called, and the people who take appointments."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from dialer import appointments, campaigns, suppressions
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_views import AgentView, NewAgent, NewSuppression, SuppressionView
from dialer.db import transaction
from dialer.errors import InputError
from dialer.phone import PhoneInvalid, parse

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["team"]
)


@router.post("/suppressions", status_code=201)
def suppress(wanted: NewSuppression, it: Wired, response: Response) -> dict[str, str]:
    """Stop all calls to a number; 200 instead of 201 when it was suppressed before."""
    try:
        number = parse(wanted.phone)
    except PhoneInvalid as fault:
        raise InputError(f"phone {fault}", "Give a number in E.164, such as +12125550123") from None
    with transaction(it.sessions) as session:
        if wanted.campaign_id is not None:
            campaigns.find(session, wanted.campaign_id)
        now = it.clock.of(session)
        added = suppressions.add(
            session, number, wanted.reason, "api", now, campaign_id=wanted.campaign_id
        )
    response.status_code = 201 if added else 200
    return {"phone": number}


@router.get("/suppressions")
def suppressed(
    it: Wired, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
) -> list[SuppressionView]:
    """Suppressed numbers, newest first."""
    with transaction(it.sessions) as session:
        return [SuppressionView.of(one) for one in suppressions.every(session, limit)]


@router.post("/agents", status_code=201)
def add_agent(wanted: NewAgent, it: Wired) -> AgentView:
    """Add a person who takes appointments."""
    with transaction(it.sessions) as session:
        return AgentView.of(appointments.add_agent(session, **wanted.model_dump()))


@router.get("/agents")
def agents(it: Wired) -> list[AgentView]:
    """The team."""
    with transaction(it.sessions) as session:
        return [AgentView.of(one) for one in appointments.agents(session)]
