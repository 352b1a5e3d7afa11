"""`dialer suppressions`: numbers that must not be called."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dialer import campaigns, suppressions, text_file
from dialer.api.v1_people_views import SuppressionView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction

app = typer.Typer(help="Numbers that must not be called.")
Reason = Annotated[str, typer.Option(help="Why; kept as evidence.")]
Evidence = Annotated[str, typer.Option(help="What proves it, such as the letter's date.")]
Until = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Through this day (UTC).")
]


@app.command()
def add(
    phone: Annotated[str, typer.Argument(help="+12125550123, or a pattern: +1900*, +1305555????")],
    reason: Reason = "asked not to be called",
    campaign: Annotated[str | None, typer.Option(help="Only for this one; else all.")] = None,
    evidence: Evidence = "",
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Stop all calls to a number, or to all numbers of a pattern."""
    it = product()
    with transaction(it.sessions) as session:
        form, added = suppressions.add_written(
            session,
            phone,
            reason,
            "operator",
            it.clock.of(session),
            evidence=evidence,
            campaign_id=campaigns.find(session, campaign).id if campaign else None,
            until=until.date() if until else None,
        )
    words = "will not be called" if added else "was suppressed before"
    emit(as_json, {"phone": form, "added": added}, Text(f"{form} {words}."))


@app.command()
def lift(
    suppression_id: Annotated[int, typer.Argument(metavar="ID", help="As `list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it was wrong; kept with the entry.")],
    evidence: Evidence = "",
    as_json: AsJson = False,
) -> None:
    """End an entry that was made by mistake. Leads that it stopped are ready again."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        freed = suppressions.lift(session, suppression_id, reason, now, evidence=evidence)
    emit(as_json, {"id": suppression_id, "leads_freed": freed}, f"Lifted; {freed} leads are ready.")


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="One number or pattern a line, or first column.")],
    reason: Reason = "imported list",
    as_json: AsJson = False,
) -> None:
    """Suppress a list in all campaigns. Exits 1 when it holds no number."""
    it = product()
    with text_file.opened(file) as stream, transaction(it.sessions) as session:
        lines = text_file.lines(stream, file.name)
        taken = suppressions.take_list(session, lines, reason, "list", it.clock.of(session))
    head = f"{taken.added} numbers added, {taken.known} known, {len(taken.faults)} lines refused."
    faults = [Text(f"line {line}: {why}", style="dim") for line, why in taken.faults]
    emit(as_json, asdict(taken), Group(Text(head), *faults))
    if not taken.added and not taken.known:
        raise typer.Exit(1)


@app.command("list")
def every(
    limit: Annotated[int, typer.Option(help="At most this many.")] = 100, as_json: AsJson = False
) -> None:
    """Suppressed numbers and patterns, newest first; `dialer dnc list` shows the lists."""
    with transaction(product().sessions) as session:
        views = [SuppressionView.of(one) for one in suppressions.every(session, limit)]
    table = Table("id", "number", "campaign", "reason", "source", "since (UTC)", "until", box=None)
    for one in views:
        scope = str(one.campaign_id) if one.campaign_id else "all"
        since = f"{one.created_at:%Y-%m-%d %H:%M}"
        until = f"{one.expires_at:%Y-%m-%d %H:%M}" if one.expires_at else ""
        table.add_row(str(one.id), one.phone, scope, Text(one.reason), one.source, since, until)
    emit(as_json, views, table)
