"""`dialer dnc`: do-not-call files, and how old they are."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from dialer import dnc_lists, text_file
from dialer.api.v1_people_views import DncListView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction

app = typer.Typer(help="Do-not-call files.")
SHOWN = 50


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="One number a line, a CSV, or the FTC's format.")],
    name: Annotated[str, typer.Option(help="Its lasting name: a newer file replaces the older.")],
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it holds for.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(dnc_lists.KINDS)}.")] = "national",
    as_json: AsJson = False,
) -> None:
    """Take a do-not-call file in, in place of the older one of its name."""
    it = product()
    with text_file.opened(file) as stream:
        digest = text_file.sha256(stream)
        lines = text_file.lines(stream, file.name)
        with transaction(it.sessions) as session:
            now = it.clock.of(session)
            taken = dnc_lists.take(session, name, kind, as_of.date(), lines, digest, now)
    head = (
        f"{name}: {taken.numbers} numbers ({taken.added} new, {taken.removed} gone), "
        f"{taken.refused} lines refused. {taken.leads_stopped} leads stopped, "
        f"{taken.leads_freed} ready again."
    )
    faults = [Text(f"line {line}: {why}", style="dim") for line, why in taken.faults[:SHOWN]]
    emit(as_json, asdict(taken), Group(Text(head), *faults))


@app.command("list")
def every(as_json: AsJson = False) -> None:
    """The do-not-call files in force; one that is too old for a scrub is marked."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        found = [(one, dnc_lists.age(one.as_of, now)) for one in dnc_lists.every(session)]
    views = [DncListView.of(one, age, age > dnc_lists.SCRUB_DAYS) for one, age in found]
    table = Table("name", "kind", "as of", "age (days)", "numbers", "", box=None)
    for one in views:
        mark = Text("stale", "red") if one.stale else Text()
        table.add_row(
            one.name, one.kind, str(one.as_of), str(one.age_days), f"{one.numbers:,}", mark
        )
    emit(as_json, views, table)
