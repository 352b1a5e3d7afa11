"""`dialer rules`: an operator's changes, each with its reason."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from dialer import calling_rules, rule_changes, text_file
from dialer.api.v1_rule_views import RuleView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.cli.rule_tables import whole
from dialer.db import transaction
from dialer.errors import InputError

app = typer.Typer()
Reason = Annotated[str, typer.Option(help="Why; kept with the change.")]
By = Annotated[str, typer.Option(help="Who says so.")]


@app.command()
def widen(
    reason: Reason,
    mon_fri: Annotated[str | None, typer.Option(help="As 09:00-20:00.")] = None,
    sat: Annotated[str | None, typer.Option(help="As 10:00-16:00, or none.")] = None,
    sun: Annotated[str | None, typer.Option(help="As none.")] = None,
    holidays: Annotated[str | None, typer.Option(help="none, allowed, or a window.")] = None,
    cap: Annotated[str | None, typer.Option(help="As `3 per 24h`.")] = None,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Give the conservative preset other hours; the law itself keeps binding."""
    given = {
        "mon_fri": mon_fri,
        "sat": sat,
        "sun": sun,
        "holidays": holidays,
        "attempt_cap": cap,
    }
    wanted = {name: text for name, text in given.items() if text is not None}
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        row = rule_changes.widen(session, wanted, reason, by, now)
        view = RuleView.of(row, calling_rules.binding(session, now))
    emit(as_json, view, whole(view))


@app.command()
def confirm(
    rule_id: Annotated[str, typer.Argument(help="As `fr-fed`.")],
    by: By,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Vouch for a rule of doubtful source."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        row = rule_changes.confirm(session, rule_id, by, reason, now)
        view = RuleView.of(row, calling_rules.binding(session, now))
    emit(as_json, view, whole(view))


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="A CSV in the format of the shipped pack.")],
    reason: Reason,
    by: By = "operator",
    as_json: AsJson = False,
) -> None:
    """Add or change rules. Exits 1 when a row was refused; the others are in."""
    it = product()
    with text_file.opened(file) as stream, transaction(it.sessions) as session:
        lines = text_file.lines(stream, file.name)
        loaded = rule_changes.load(session, lines, by, reason, it.clock.of(session))
    head = f"{len(loaded.added)} added, {len(loaded.changed)} changed, {len(loaded.known)} known"
    faults = [
        Text(f"line {one.line}, {one.column}: {one.problem}. {one.remedy}", style="red")
        for one in loaded.faults
    ]
    emit(as_json, asdict(loaded), Group(Text(f"{head}, {len(faults)} rows refused."), *faults))
    raise typer.Exit(bool(faults))


@app.command("close-day")
def close_day(
    jurisdiction: Annotated[str, typer.Argument(help="A state or country, as US-LA.")],
    day: Annotated[str, typer.Argument(help="As 2026-08-29.")],
    name: Annotated[str, typer.Argument(help="What is proclaimed.")],
    source: Annotated[str, typer.Option(help="Where that stands.")] = "operator",
    opened: Annotated[bool, typer.Option("--open", help="Open it instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close a day in a place (a proclaimed holiday, an emergency), or open one again."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise InputError(f"{day!r} is no day", "Write it as 2026-08-29") from None
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        rule_changes.close_day(session, jurisdiction, when, name, source, now, closed=not opened)
    told = {"jurisdiction": jurisdiction, "day": day, "name": name, "closed": not opened}
    emit(as_json, told, Text(f"{when} is {'open' if opened else 'closed'} in {jurisdiction}."))
