"""REST: the people who take appointments."""

from fastapi import APIRouter, Depends

from dialer import appointments
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_views import AgentView, NewAgent
from dialer.db import transaction

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["team"]
)


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
