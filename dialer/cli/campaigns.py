"""`dialer campaigns`: make, edit, list, show; the verbs are beside."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from dialer import campaign_edits, campaigns
from dialer.cli import campaign_options as options
from dialer.cli import campaign_verbs
from dialer.cli.campaign_verbs import Key, view_of
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.report_text import usd

app = typer.Typer(help="Campaigns: a list of leads, a script, a window, a budget.")
app.add_typer(campaign_verbs.app)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name of its own.")],
    window: options.Window = None,
    budget: options.Budget = None,
    brand: options.Brand = None,
    days: options.Days = None,
    timezone: options.Zone = None,
    assistant: options.Assistant = None,
    purpose: options.Purpose = None,
    voicemail: options.Voicemail = None,
    max_attempts: options.MaxAttempts = None,
    max_concurrent: options.MaxConcurrent = None,
    weight: options.Weight = None,
    priority: options.Priority = None,
    starts_on: options.StartsOn = None,
    ends_on: options.EndsOn = None,
    cron: options.Cron = None,
    run_minutes: options.RunMinutes = None,
    skip_holidays: options.SkipHolidays = None,
    call_class: options.CallClass = None,
    live_reason: options.LiveReason = None,
    dnc_scrub: options.DncScrub = None,
    amd: options.Amd = None,
    retry: options.Retry = None,
    as_json: AsJson = False,
) -> None:
    """Make a draft campaign."""
    said = _said(locals())
    wanted = campaigns.spec(**{"script": {}, "name": name} | said)
    it = product()
    with transaction(it.sessions) as session:
        made = campaigns.create(session, wanted, it.limits, it.clock.of(session))
        view = view_of(session, made)
    shown = f"Campaign {view.name} is made. Next: dialer leads import {view.name!r} leads.csv"
    emit(as_json, view, Text(shown))


@app.command()
def edit(
    key: Key,
    name: Annotated[str | None, typer.Option(help="A new name, before it ran.")] = None,
    window: options.Window = None,
    budget: options.Budget = None,
    brand: options.Brand = None,
    days: options.Days = None,
    timezone: options.Zone = None,
    assistant: options.Assistant = None,
    purpose: options.Purpose = None,
    voicemail: options.Voicemail = None,
    max_attempts: options.MaxAttempts = None,
    max_concurrent: options.MaxConcurrent = None,
    weight: options.Weight = None,
    priority: options.Priority = None,
    starts_on: options.StartsOn = None,
    ends_on: options.EndsOn = None,
    cron: options.Cron = None,
    run_minutes: options.RunMinutes = None,
    skip_holidays: options.SkipHolidays = None,
    call_class: options.CallClass = None,
    live_reason: options.LiveReason = None,
    dnc_scrub: options.DncScrub = None,
    amd: options.Amd = None,
    retry: options.Retry = None,
    as_json: AsJson = False,
) -> None:
    """Change a campaign, also while it runs; '' empties a date, the cron."""
    said = _said(locals()) | ({"name": name} if name is not None else {})
    it = product()
    with transaction(it.sessions) as session:
        campaign, now = campaigns.find(session, key), it.clock.of(session)
        changed = campaign_edits.edit(session, campaign, said, it.limits, now)
        view = view_of(session, campaign)
    it.nudges.tick()
    told = f"changed {', '.join(changed)}" if changed else "nothing changed"
    emit(as_json, view, Text(f"Campaign {view.name}: {told}."))


@app.command("list")
def every(as_json: AsJson = False) -> None:
    """All campaigns, newest first."""
    with transaction(product().sessions) as session:
        views = [view_of(session, one) for one in campaigns.every(session)]
    table = Table("id", "name", "status", "window", "a day", "leads", "done", box=None)
    for one in views:
        states = one.lead_states
        table.add_row(
            str(one.id),
            Text(one.name),
            Text(one.status),
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
        view = view_of(session, campaigns.find(session, key))
    grid = Table.grid(padding=(0, 3))
    for field, value in view.model_dump(mode="json").items():
        grid.add_row(field.replace("_", " "), Text(str(value)))
    emit(as_json, view, grid)


def _said(given: dict[str, Any]) -> dict[str, Any]:
    """A command's options by their names in a campaign's description."""
    renamed = {
        "budget": "daily_budget",
        "assistant": "assistant_name",
        "voicemail": "voicemail_text",
    }
    apart = {"key", "name", "as_json"}
    return options.words(
        {renamed.get(name, name): value for name, value in given.items() if name not in apart}
    )
