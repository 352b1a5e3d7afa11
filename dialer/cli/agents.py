"""`dialer agents`: the people who take appointments."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dialer import appointments
from dialer.api.v1_views import AgentView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction

app = typer.Typer(help="The people who take appointments.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As the voice says it.")],
    email: Annotated[str, typer.Argument(help="Where invites go.")],
    timezone: Annotated[str, typer.Option(help="IANA zone.")] = "America/New_York",
    hours: Annotated[str, typer.Option(help="Local working hours.")] = "09:00-17:00",
    days: Annotated[str, typer.Option(help="mon-fri or mon,wed,sat.")] = "mon-fri",
    slot_minutes: Annotated[int, typer.Option(help="Length of an appointment.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Add a person to the team."""
    with transaction(product().sessions) as session:
        view = AgentView.of(
            appointments.add_agent(session, name, email, timezone, hours, days, slot_minutes)
        )
    emit(as_json, view, Text(f"{view.name} takes appointments {view.hours} ({view.timezone})."))


@app.command("list")
def every(as_json: AsJson = False) -> None:
    """The team."""
    with transaction(product().sessions) as session:
        views = [AgentView.of(one) for one in appointments.agents(session)]
    table = Table("id", "name", "email", "hours", "zone", "slot", box=None)
    for one in views:
        slot = f"{one.slot_minutes} min"
        table.add_row(str(one.id), Text(one.name), Text(one.email), one.hours, one.timezone, slot)
    emit(as_json, views, table)
