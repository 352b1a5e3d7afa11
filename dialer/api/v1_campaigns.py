"""REST: campaigns, their leads, their reports."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from sqlalchemy.orm import Session

from dialer import campaign_edits, campaigns, lead_consent, leads, reports
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_campaign_views import CampaignChanges, CampaignView, NewCampaign
from dialer.api.v1_views import ImportAccepted, ImportView
from dialer.db import transaction
from dialer.models import Campaign
from dialer.report import Report
from dialer.wiring import Product

router = APIRouter(
    route_class=ProblemRoute, dependencies=[Depends(bearer)], responses=PROBLEMS, tags=["campaigns"]
)


def wired(request: Request) -> Product:
    """The parts of this process."""
    product: Product = request.app.state.product
    return product


Wired = Annotated[Product, Depends(wired)]


@router.post("/campaigns", status_code=201)
def create(wanted: NewCampaign, it: Wired) -> CampaignView:
    """Make a draft campaign."""
    spec = campaigns.spec(**wanted.words())
    with transaction(it.sessions) as session:
        return _view(session, campaigns.create(session, spec, it.limits, it.clock.of(session)))


@router.get("/campaigns")
def every(it: Wired) -> list[CampaignView]:
    """All campaigns, newest first."""
    with transaction(it.sessions) as session:
        return [_view(session, one) for one in campaigns.every(session)]


@router.get("/campaigns/{key}")
def one(key: str, it: Wired) -> CampaignView:
    """A campaign by id or name."""
    with transaction(it.sessions) as session:
        return _view(session, campaigns.find(session, key))


@router.patch("/campaigns/{key}")
def edit(key: str, changes: CampaignChanges, it: Wired) -> CampaignView:
    """Change a campaign, also while it runs; in force from the next dial."""
    with transaction(it.sessions) as session:
        campaign, now = campaigns.find(session, key), it.clock.of(session)
        campaign_edits.edit(session, campaign, changes.words(), it.limits, now)
        shown = _view(session, campaign)
    it.nudges.tick()
    return shown


@router.post("/campaigns/{key}/start")
def start(key: str, it: Wired) -> CampaignView:
    """Begin or go on calling, or wait for the schedule's next opening."""
    shown = _told(it, key, campaigns.start)
    it.nudges.tick()
    return shown


@router.post("/campaigns/{key}/pause")
def pause(key: str, it: Wired) -> CampaignView:
    """No new calls; live ones end by themselves."""
    return _told(it, key, campaigns.pause)


@router.post("/campaigns/{key}/drain")
def drain(key: str, it: Wired) -> CampaignView:
    """No new calls; completed when the live ones have ended."""
    return _told(it, key, campaigns.drain)


@router.post("/campaigns/{key}/abort")
def abort(key: str, it: Wired) -> CampaignView:
    """End it for good; live calls end by themselves."""
    return _told(it, key, campaigns.abort)


Words = Annotated[str, Form()]


def agreed(
    consent_wording: Words = "",
    consent_channel: Words = "",
    consent_date: Words = "",
    consent_form: Words = "",
    consent_purpose: Words = "",
) -> tuple[str, str, str, str, str]:
    """What all rows of a file agreed to, where they tell of no consent themselves."""
    return consent_wording, consent_channel, consent_date, consent_form, consent_purpose


@router.post("/campaigns/{key}/leads", status_code=202)
def upload(
    key: str,
    it: Wired,
    file: Annotated[UploadFile, File()],
    told: Annotated[tuple[str, str, str, str, str], Depends(agreed)],
) -> ImportAccepted:
    """Take a CSV of leads in and start the chain of tasks that imports it."""
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        consent = lead_consent.for_file(*told, now)
        campaign = campaigns.find(session, key)
        name = file.filename or "upload.csv"
        taken = leads.upload(session, campaign.id, name, file.file, now, consent=consent)
    it.nudges.import_leads(taken.id)
    return ImportAccepted(import_id=taken.id, state=taken.state)


@router.get("/imports/{import_id}")
def imported(import_id: int, it: Wired) -> ImportView:
    """What became of a file: counts, and every refused row with line, column and reason."""
    with transaction(it.sessions) as session:
        return ImportView.model_validate(asdict(leads.report(session, import_id)))


@router.get("/campaigns/{key}/report")
def report(key: str, it: Wired) -> Report:
    """What the campaign came to so far."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        return reports.campaign_report(session, campaign.id, it.clock.of(session))


def _told(
    it: Product, key: str, verb: Callable[[Session, Campaign, datetime], None]
) -> CampaignView:
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        verb(session, campaign, it.clock.of(session))
        return _view(session, campaign)


def _view(session: Session, campaign: Campaign) -> CampaignView:
    return CampaignView.of(campaign, campaigns.lead_counts(session, campaign.id))
