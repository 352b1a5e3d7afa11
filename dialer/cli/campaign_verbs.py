"""`dialer campaigns`: start, pause, resume, drain, abort, schedule."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy.orm import Session

from dialer import campaign_edits, campaigns
from dialer.api.v1_campaign_views import CampaignView
from dialer.cli import campaign_options as options
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.models import Campaign

app = typer.Typer()
Key = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Name or id.")]


@app.command()
def start(key: Key, as_json: AsJson = False) -> None:
    """Begin or go on calling, or wait for the schedule's next opening."""
    _told(key, campaigns.start, as_json, tick=True)


@app.command()
def resume(key: Key, as_json: AsJson = False) -> None:
    """Go on calling: the same as start."""
    start(key, as_json)


@app.command()
def pause(key: Key, as_json: AsJson = False) -> None:
    """Place no new calls; live ones end by themselves."""
    _told(key, campaigns.pause, as_json)


@app.command()
def drain(key: Key, as_json: AsJson = False) -> None:
    """Place no new calls; completed when the live ones have ended."""
    _told(key, campaigns.drain, as_json)


@app.command()
def abort(key: Key, as_json: AsJson = False) -> None:
    """End it for good; live calls end by themselves."""
    _told(key, campaigns.abort, as_json)


@app.command()
def schedule(
    key: Key,
    starts_on: options.StartsOn = None,
    ends_on: options.EndsOn = None,
    cron: options.Cron = None,
    run_minutes: options.RunMinutes = None,
    skip_holidays: options.SkipHolidays = None,
    as_json: AsJson = False,
) -> None:
    """Set its dates and runs, and start it by them."""
    said = options.words(
        {
            "starts_on": starts_on,
            "ends_on": ends_on,
            "cron": cron,
            "run_minutes": run_minutes,
            "skip_holidays": skip_holidays,
        }
    )
    it = product()

    def scheduled(session: Session, campaign: Campaign, now: datetime) -> None:
        campaign_edits.edit(session, campaign, said, it.limits, now)
        campaigns.start(session, campaign, now)

    _told(key, scheduled, as_json, tick=True)


def view_of(session: Session, campaign: Campaign) -> CampaignView:
    """The campaign as the API shows it."""
    return CampaignView.of(campaign, campaigns.lead_counts(session, campaign.id))


def _told(
    key: str,
    verb: Callable[[Session, Campaign, datetime], None],
    as_json: bool,
    *,
    tick: bool = False,
) -> None:
    it = product()
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        verb(session, campaign, it.clock.of(session))
        view = view_of(session, campaign)
    if tick:
        it.nudges.tick()
    emit(as_json, view, Text(f"Campaign {view.name} is {view.status}."))
