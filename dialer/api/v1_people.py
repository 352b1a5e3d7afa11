"""REST: who must not be called, who agreed to be, and who asked to be forgotten."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from dialer import campaigns, consents, dnc_lists, erasures, suppressions, text_file
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaigns import Wired
from dialer.api.v1_people_views import (
    ConsentView,
    DncListView,
    ErasureView,
    Lifting,
    NewConsent,
    NewErasure,
    NewSuppression,
    Revocation,
    SuppressionView,
)
from dialer.db import transaction
from dialer.phone_input import number

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["people"]
)


@router.post("/suppressions", status_code=201)
def suppress(wanted: NewSuppression, it: Wired, response: Response) -> dict[str, str]:
    """Stop all calls to a number or pattern; 200 instead of 201 when it was suppressed before."""
    told = wanted.model_dump(include={"evidence", "campaign_id", "until"})
    with transaction(it.sessions) as session:
        if wanted.campaign_id is not None:
            campaigns.find(session, wanted.campaign_id)
        now = it.clock.of(session)
        form, added = suppressions.add_written(
            session, wanted.phone, wanted.reason, "api", now, **told
        )
    response.status_code = 201 if added else 200
    return {"phone": form}


@router.get("/suppressions")
def suppressed(
    it: Wired, limit: Annotated[int, Query(ge=1, le=10_000)] = 100
) -> list[SuppressionView]:
    """Suppressed numbers and patterns, newest first; those of lists are counted with the list."""
    with transaction(it.sessions) as session:
        return [SuppressionView.of(one) for one in suppressions.every(session, limit)]


@router.post("/suppressions/{suppression_id}/lift")
def lift(suppression_id: int, wanted: Lifting, it: Wired) -> dict[str, int]:
    """End an entry that was made by mistake; it stays on record. Leads it stopped become ready."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        freed = suppressions.lift(
            session, suppression_id, wanted.reason, now, evidence=wanted.evidence
        )
    return {"leads_freed": freed}


@router.get("/dnc-lists")
def dnc_files(it: Wired) -> list[DncListView]:
    """The do-not-call files in force, with their age."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        found = [(one, dnc_lists.age(one.as_of, now)) for one in dnc_lists.every(session)]
    return [DncListView.of(one, age, age > dnc_lists.SCRUB_DAYS) for one, age in found]


@router.post("/dnc-lists")
def take_dnc_file(
    it: Wired,
    file: Annotated[UploadFile, File()],
    name: Annotated[str, Form()],
    kind: Annotated[str, Form()],
    as_of: Annotated[date, Form()],
) -> dict[str, Any]:
    """Take a do-not-call file in, in place of the older one of its name."""
    digest = text_file.sha256(file.file)
    lines = text_file.lines(file.file, file.filename or name)
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        return asdict(dnc_lists.take(session, name, kind, as_of, lines, digest, now))


@router.post("/consents", status_code=201)
def consent(wanted: NewConsent, it: Wired) -> ConsentView:
    """Keep a consent; leads that were held for want of it become ready."""
    told = wanted.model_dump(exclude={"phone"})
    given_by = number(wanted.phone)
    with transaction(it.sessions) as session:
        erasures.refuse(session, it.erasure_key, given_by)
        now = it.clock.of(session)
        return ConsentView.of(consents.record(session, given_by, **told, source="api", now=now))


@router.post("/consents/revoke")
def revoke(wanted: Revocation, it: Wired) -> dict[str, int]:
    """A person takes their consent back: automated campaigns stop calling at once."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        ended = consents.revoke(session, number(wanted.phone), wanted.words, now)
    return {"revoked": ended}


@router.get("/consents")
def consents_of(phone: str, it: Wired) -> list[ConsentView]:
    """All that a number's person agreed to and took back, newest first."""
    with transaction(it.sessions) as session:
        return [ConsentView.of(one) for one in consents.of_number(session, number(phone))]


@router.post("/erasures", status_code=201)
def erase(wanted: NewErasure, it: Wired) -> ErasureView:
    """Forget a person; the number stays uncallable. There is no way back."""
    done, missing = erasures.carry_out(
        it.sessions,
        it.clock,
        it.erasure_key,
        it.settings.data_dir,
        number(wanted.phone),
        wanted.reason,
    )
    return ErasureView(
        leads=done.leads,
        attempts=len(done.attempts),
        files_missing=[str(path) for path in missing],
    )
