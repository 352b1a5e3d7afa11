"""`dialer suppressions`: numbers that must not be called."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dialer import campaigns, suppressions
from dialer.api.v1_views import SuppressionView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError
from dialer.phone import PhoneInvalid, parse

app = typer.Typer(help="Numbers that must not be called.")
Reason = Annotated[str, typer.Option(help="Why; kept as evidence.")]


@app.command()
def add(
    phone: Annotated[str, typer.Argument(help="The number, such as +12125550123.")],
    reason: Reason = "asked not to be called",
    campaign: Annotated[str | None, typer.Option(help="Only for this one; else all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stop all calls to a number."""
    try:
        number = parse(phone)
    except PhoneInvalid as fault:
        raise InputError(f"phone {fault}", "Give a number such as +12125550123") from None
    it = product()
    with transaction(it.sessions) as session:
        scope = campaigns.find(session, campaign).id if campaign else None
        added = suppressions.add(
            session, number, reason, "operator", it.clock.of(session), campaign_id=scope
        )
    words = "will not be called" if added else "was suppressed before"
    emit(as_json, {"phone": number, "added": added}, Text(f"{number} {words}."))


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="One number a line, or a CSV's first column.")],
    reason: Reason = "imported list",
    as_json: AsJson = False,
) -> None:
    """Suppress a list of numbers in all campaigns. Exits 1 when it holds no number."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{file} cannot be read: {cause}", "Give a text file, UTF-8") from None
    it = product()
    with transaction(it.sessions) as session:
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
    """Suppressed numbers, newest first."""
    with transaction(product().sessions) as session:
        views = [SuppressionView.of(one) for one in suppressions.every(session, limit)]
    table = Table("number", "campaign", "reason", "source", "since (UTC)", box=None)
    for one in views:
        scope = str(one.campaign_id) if one.campaign_id else "all"
        since = f"{one.created_at:%Y-%m-%d %H:%M}"
        table.add_row(one.phone, scope, Text(one.reason), one.source, since)
    emit(as_json, views, table)
