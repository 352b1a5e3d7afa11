"""REST: attempts with their conversations and recordings, and the answer to "why?"."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse

from dialer import attempts, campaigns, decisions, explanations, waiting
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_views import AttemptDetail, AttemptView, ExplanationView, WaitingView
from dialer.db import transaction
from dialer.models import Lead

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["calls"]
)


@router.get("/attempts")
def every(
    it: Wired,
    campaign: str | None = None,
    active: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> list[AttemptView]:
    """Attempts, newest first; of one campaign (id or name), or only those not ended."""
    with transaction(it.sessions) as session:
        campaign_id = campaigns.find(session, campaign).id if campaign else None
        found = attempts.every(session, campaign_id, active=active, limit=limit)
        return [AttemptView.of(attempt, lead) for attempt, lead in found]


@router.get("/attempts/{attempt_id}")
def one(attempt_id: str, it: Wired) -> AttemptDetail:
    """One attempt: what was said and heard, the delays, the decisions behind the dial."""
    with transaction(it.sessions) as session:
        attempt = attempts.find(session, attempt_id)
        lead = session.get_one(Lead, attempt.lead_id)
        made = decisions.of_attempt(session, attempt.id)
        return AttemptDetail.whole(attempt, lead, made)


@router.get("/attempts/{attempt_id}/recording", response_class=FileResponse)
def recording(attempt_id: str, it: Wired) -> FileResponse:
    """The recording: WAV, 8 kHz, 16 bit, channel 0 the callee, channel 1 the agent."""
    with transaction(it.sessions) as session:
        path = attempts.recording(session, attempt_id)
    return FileResponse(path, media_type="audio/wav", filename=f"{attempt_id}.wav")


@router.get("/explain/{key}")
def explain(key: str, it: Wired) -> list[ExplanationView]:
    """Why a lead (id), a phone number or an attempt (uuid) was called or not, and would be now."""
    with transaction(it.sessions) as session:
        ask = explanations.at_the_gate(session, it.clock.of(session))
        found = explanations.explain(session, key, ask)
        return [ExplanationView.model_validate(asdict(one)) for one in found]


@router.get("/campaigns/{key}/waiting")
def waits(key: str, it: Wired) -> WaitingView:
    """Why is it not calling? All leads of a campaign by what each of them waits for."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        found = waiting.reasons(session, campaign, it.clock.of(session), it.verdicts)
        return WaitingView.of(campaign, found)
