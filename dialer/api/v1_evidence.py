"""REST: the proof of a call, and the chain that binds all proofs together."""

from collections.abc import Iterator

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from dialer import attempts, evidence
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.db import transaction
from dialer.hash_chain import Json, canonical

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["evidence"]
)


@router.get("/attempts/{attempt_id}/evidence")
def bundle(attempt_id: str, it: Wired) -> Json:
    """All evidence of a recorded attempt; `dialer evidence verify` checks it without a database."""
    with transaction(it.sessions) as session:
        found = attempts.find(session, attempt_id).id
        evidence.seal(session, found, it.clock.of(session))
        return evidence.bundle(session, found)


@router.get("/evidence/seals", response_class=StreamingResponse)
def seals(it: Wired) -> StreamingResponse:
    """All seals, one JSON object a line, oldest first: the file for `verify --chain`."""

    def lines() -> Iterator[bytes]:
        with transaction(it.sessions) as session:
            for one in evidence.chain(session):
                yield canonical(one) + b"\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")
