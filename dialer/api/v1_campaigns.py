"""REST: campaigns, their leads, their reports."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, UploadFile
from sqlalchemy.orm import Session

from dialer import campaigns, leads, reports
from dialer.api.access import bearer
from dialer.api.problems import PROBLEMS, ProblemRoute
from dialer.api.v1_views import CampaignView, ImportAccepted, ImportView, NewCampaign
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
    spec = campaigns.spec(
        **wanted.model_dump(include={"name", "window", "days", "timezone", "daily_budget"}),
        max_attempts=wanted.max_attempts,
        script=wanted.script(),
    )
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


@router.post("/campaigns/{key}/start")
def start(key: str, it: Wired) -> CampaignView:
    """Begin or go on calling."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        campaigns.start(session, campaign, it.clock.of(session))
        shown = _view(session, campaign)
    it.nudges.tick()
    return shown


@router.post("/campaigns/{key}/pause")
def pause(key: str, it: Wired) -> CampaignView:
    """No new calls; live ones end by themselves."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        campaigns.pause(campaign)
        return _view(session, campaign)


@router.post("/campaigns/{key}/leads", status_code=202)
def upload(key: str, it: Wired, file: Annotated[UploadFile, File()]) -> ImportAccepted:
    """Take a CSV of leads in and start the chain of tasks that imports it."""
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        name = file.filename or "upload.csv"
        taken = leads.upload(session, campaign.id, name, file.file, it.clock.of(session))
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


def _view(session: Session, campaign: Campaign) -> CampaignView:
    return CampaignView.of(campaign, campaigns.lead_counts(session, campaign.id))
