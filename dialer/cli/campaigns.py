"""`dialer campaigns`: make, start, pause, list, show."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from dialer import campaigns
from dialer.api.v1_views import CampaignView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError
from dialer.models import Campaign
from dialer.report_text import usd

app = typer.Typer(help="Campaigns: a list of leads, a script, a window, a budget.")
Key = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Name or id.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name of its own.")],
    window: Annotated[str | None, typer.Option(help="Local calling hours: 10:00-17:00.")] = None,
    budget: Annotated[str | None, typer.Option(help="USD a day: 25.00.")] = None,
    brand: Annotated[str | None, typer.Option(help="On whose behalf the voice calls.")] = None,
    days: Annotated[str, typer.Option(help="mon-fri or mon,wed,sat.")] = "mon-fri",
    timezone: Annotated[
        str, typer.Option(help="IANA zone of the budget's day.")
    ] = "America/New_York",
    assistant: Annotated[str | None, typer.Option(help="The assistant's name.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the call is about.")] = None,
    voicemail: Annotated[str | None, typer.Option(help="What machines are told.")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="Attempts per lead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft campaign."""
    words = {
        "brand": brand,
        "assistant_name": assistant,
        "purpose": purpose,
        "voicemail_text": voicemail,
    }
    wanted = campaigns.spec(
        name=name,
        window=window,
        daily_budget=_dollars(budget),
        days=days,
        timezone=timezone,
        max_attempts=max_attempts,
        script={field: text for field, text in words.items() if text is not None},
    )
    it = product()
    with transaction(it.sessions) as session:
        made = campaigns.create(session, wanted, it.limits, it.clock.of(session))
        view = _view(session, made)
    shown = f"Campaign {view.name} is made. Next: dialer leads import {view.name!r} leads.csv"
    emit(as_json, view, Text(shown))


@app.command()
def start(key: Key, as_json: AsJson = False) -> None:
    """Begin or go on calling."""
    it = product()
    with transaction(it.sessions) as session:
        campaign = campaigns.find(session, key)
        campaigns.start(session, campaign, it.clock.of(session))
        view = _view(session, campaign)
    it.nudges.tick()
    emit(as_json, view, Text(f"Campaign {view.name} is running."))


@app.command()
def pause(key: Key, as_json: AsJson = False) -> None:
    """Place no new calls; live ones end by themselves."""
    with transaction(product().sessions) as session:
        campaign = campaigns.find(session, key)
        campaigns.pause(campaign)
        view = _view(session, campaign)
    emit(as_json, view, Text(f"Campaign {view.name} is paused."))


@app.command("list")
def every(as_json: AsJson = False) -> None:
    """All campaigns, newest first."""
    with transaction(product().sessions) as session:
        views = [_view(session, one) for one in campaigns.every(session)]
    table = Table("id", "name", "state", "window", "a day", "leads", "done", box=None)
    for one in views:
        states = one.lead_states
        table.add_row(
            str(one.id),
            Text(one.name),
            one.state,
            one.window,
            usd(one.daily_budget_usd),
            str(sum(states.values())),
            str(states["done"] + states["suppressed"] + states["invalid"]),
        )
    emit(as_json, views, table)


@app.command()
def show(key: Key, as_json: AsJson = False) -> None:
    """One campaign in full."""
    with transaction(product().sessions) as session:
        view = _view(session, campaigns.find(session, key))
    grid = Table.grid(padding=(0, 3))
    for field, value in view.model_dump(mode="json").items():
        grid.add_row(field.replace("_", " "), Text(str(value)))
    emit(as_json, view, grid)


def _view(session: Session, campaign: Campaign) -> CampaignView:
    return CampaignView.of(campaign, campaigns.lead_counts(session, campaign.id))


def _dollars(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise InputError(
            f"budget {text!r} is no amount", "Write USD a day, such as 25.00"
        ) from None
