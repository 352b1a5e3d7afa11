"""REST: the numbers that calls show, and which of them a campaign uses."""

from typing import Self

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer import caller_ids, campaigns
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_views import View
from dialer.db import transaction
from dialer.models import CallerId

router = APIRouter(
    route_class=ProblemRoute,
    dependencies=[Depends(bearer)],
    responses=PROBLEMS,
    tags=["caller ids"],
)


class NewCallerId(BaseModel):
    """A number that the account owns."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(examples=["+12125550123"])
    label: str = ""
    daily_cap: int | None = Field(None, description="most dials a day; null: no cap")
    rest_seconds: int = Field(0, description="seconds between two dials")


class CallerIdView(View):
    """A number of the pool."""

    phone: str = Field(examples=["+12125550123"])
    label: str
    daily_cap: int | None
    rest_seconds: int
    active: bool
    last_used_at: AwareDatetime | None

    @classmethod
    def of(cls, one: CallerId) -> Self:
        """From the row."""
        return cls(
            phone=one.e164,
            label=one.label,
            daily_cap=one.daily_cap,
            rest_seconds=one.rest_seconds,
            active=one.active,
            last_used_at=one.last_used_at,
        )


class Assignment(BaseModel):
    """The numbers that a campaign calls from; empty: its own `caller_id`."""

    phones: list[str] = Field(examples=[["+12125550123"]])


@router.post("/caller-ids", status_code=201)
def add(wanted: NewCallerId, it: Wired) -> CallerIdView:
    """Put a number into the pool, or change one that stands there."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        one = caller_ids.add(
            session, wanted.phone, wanted.label, wanted.daily_cap, wanted.rest_seconds, now
        )
        return CallerIdView.of(one)


@router.get("/caller-ids")
def every(it: Wired) -> list[CallerIdView]:
    """The pool, those in use first."""
    with transaction(it.sessions) as session:
        return [CallerIdView.of(one) for one in caller_ids.every(session)]


@router.post("/caller-ids/{phone}/retire")
def retire(phone: str, it: Wired) -> CallerIdView:
    """Make no further call from a number."""
    with transaction(it.sessions) as session:
        return CallerIdView.of(caller_ids.retire(session, phone))


@router.put("/campaigns/{key}/caller-ids")
def assign(key: str, wanted: Assignment, it: Wired) -> Assignment:
    """Let a campaign call from these numbers of the pool alone."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        return Assignment(phones=caller_ids.assign(session, campaign, wanted.phones))


@router.get("/campaigns/{key}/caller-ids")
def assigned(key: str, it: Wired) -> Assignment:
    """The numbers that a campaign chose."""
    with transaction(it.sessions) as session:
        return Assignment(phones=caller_ids.assigned(session, campaigns.find(session, key)))
