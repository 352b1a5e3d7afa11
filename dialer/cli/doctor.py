"""`dialer doctor`: looks at everything that the product needs, and says what to do."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dialer.cli import checks, server_checks
from dialer.cli.audio_checks import audio_path
from dialer.cli.checks import Check, Status
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import settings

STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}


def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the carrier whether it knows the account.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check settings, servers, carrier, voices, model, mail, disk and ports. Exits 1 on a fail."""
    found = settings()
    made: list[Check] = [
        Check("settings", Status.OK, "read and consistent"),
        server_checks.database(found),
        server_checks.law(found),
        server_checks.redis_server(found),
        checks.carrier(found, online),
        checks.public_url(found),
        checks.voice(found),
        audio_path(found),
        *checks.language_model(found),
        checks.mail(found),
        checks.access(found),
        checks.disk(found),
        *checks.ports(found),
    ]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for one in made:
        table.add_row(Text(one.status, STYLES[one.status]), one.name, Text(one.told))
        if one.remedy:
            table.add_row("", "", Text(one.remedy, "dim"))
    emit(as_json, made, table)
    if any(one.status is Status.FAIL for one in made):
        raise typer.Exit(1)
