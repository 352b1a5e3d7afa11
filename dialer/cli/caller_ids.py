"""`dialer caller-ids`: the numbers that calls show, with their caps and rests."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dialer import caller_ids, campaigns
from dialer.api.v1_caller_ids import CallerIdView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction

app = typer.Typer(help="The numbers that calls show, with their caps and rests.")
Number = Annotated[str, typer.Argument(help="The number, such as +12125550123.")]


@app.command()
def add(
    number: Number,
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    daily_cap: Annotated[int | None, typer.Option(help="Most dials a day; else no cap.")] = None,
    rest_seconds: Annotated[int, typer.Option(help="Seconds between two dials.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Put a number that the account owns into the pool, or change one that stands there."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        one = caller_ids.add(session, number, label, daily_cap, rest_seconds, now)
        view = CallerIdView.of(one)
    emit(as_json, view, Text(f"{view.phone} is in the pool: {_limits(view)}."))


@app.command("list")
def every(as_json: AsJson = False) -> None:
    """The pool, those in use first."""
    with transaction(product().sessions) as session:
        views = [CallerIdView.of(one) for one in caller_ids.every(session)]
    table = Table("number", "label", "limits", "last used (UTC)", box=None)
    for one in views:
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never"
        table.add_row(one.phone, Text(one.label), _limits(one), used)
    emit(as_json, views, table)


@app.command()
def retire(number: Number, as_json: AsJson = False) -> None:
    """Make no further call from a number."""
    with transaction(product().sessions) as session:
        view = CallerIdView.of(caller_ids.retire(session, number))
    emit(as_json, view, Text(f"{view.phone} is retired."))


@app.command()
def assign(
    campaign: Annotated[str, typer.Argument(help="Id or name.")],
    numbers: Annotated[list[str] | None, typer.Argument(help="Numbers of the pool.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a campaign call from these numbers alone; none: from its own caller id again."""
    with transaction(product().sessions) as session:
        named = campaigns.find(session, campaign)
        chosen = caller_ids.assign(session, named, numbers or [])
    words = ", ".join(chosen) if chosen else f"its own caller id, {named.caller_id}"
    emit(
        as_json,
        {"campaign": named.name, "caller_ids": chosen},
        Text(f"{named.name} calls from {words}."),
    )


def _limits(one: CallerIdView) -> str:
    if not one.active:
        return "retired"
    cap = f"{one.daily_cap} a day" if one.daily_cap else "no cap"
    return f"{cap}, {one.rest_seconds} s of rest" if one.rest_seconds else cap
