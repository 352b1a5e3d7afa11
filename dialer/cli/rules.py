"""`dialer rules`: the law as data, what is doubtful in it, and what it says of a number."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from dialer import calling_rules, phone_input, rule_forecast, rule_lookup, rule_review
from dialer.api.v1_rule_views import RuleView
from dialer.cli import rule_tables, rule_verbs
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction

app = typer.Typer(help="The law as data: when, whom and how often the dialer may call.")
app.add_typer(rule_verbs.app)


@app.command("list")
def every(
    jurisdiction: Annotated[str | None, typer.Option(help="Only of one, as US-FL.")] = None,
    as_json: AsJson = False,
) -> None:
    """All rules: what binds today, and what is to come."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        binding = calling_rules.binding(session, now)
        views = [RuleView.of(row, binding) for row in calling_rules.every(session)]
    shown = [
        view
        for view in views
        if jurisdiction in (None, view.jurisdiction)
        and (view.binds_today or view.effective_from > now.date())
    ]
    emit(as_json, shown, rule_tables.table(shown))


@app.command()
def show(
    rule_id: Annotated[str, typer.Argument(help="As `us-fl`.")], as_json: AsJson = False
) -> None:
    """One rule in all its versions, with source and reasons."""
    it = product()
    with transaction(it.sessions) as session:
        binding = calling_rules.binding(session, it.clock.of(session))
        views = [RuleView.of(row, binding) for row in calling_rules.find(session, rule_id)]
    emit(as_json, views, Group(*map(rule_tables.whole, views)))


@app.command()
def diff(as_json: AsJson = False) -> None:
    """What differs from the shipped pack, and between the last two versions of a rule."""
    with transaction(product().sessions) as session:
        found = rule_review.diff(session)
    lines = [
        Text(
            f"{one.rule_id}: {one.before} -> {one.after}{f' ({one.reason})' * bool(one.reason)}"
        ).append("".join(f"\n  {words}" for words in one.words))
        for one in found
    ]
    nothing = Text("The rules are those of the shipped pack, in their first versions.")
    emit(as_json, [asdict(one) for one in found], Group(*lines) if lines else nothing)


@app.command()
def check(
    number: Annotated[str, typer.Option(help="Ask for one number instead.")] = "",
    at: Annotated[str, typer.Option(help="At this moment, as 2026-11-24T18:00Z; else now.")] = "",
    live: Annotated[bool, typer.Option("--live", help="For live calls.")] = False,
    state: Annotated[str, typer.Option(help="The lead's state, as FL.")] = "",
    postal_code: Annotated[str, typer.Option(help="The lead's postal code.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is doubtful in the rules; or, with --number, what they say of a number.

    Exits 1 when something is critical, or the number may not be rung at that moment.
    """
    it = product()
    if not number:
        with transaction(it.sessions) as session:
            found = rule_review.check(session, it.clock.of(session))
        emit(as_json, [asdict(one) for one in found], rule_tables.findings(found))
        raise typer.Exit(any(one.severity == "critical" for one in found))
    e164, moment = phone_input.number(number), rule_tables.moment(at)
    with transaction(it.sessions) as session:
        answer = rule_lookup.ask(
            session,
            e164,
            moment or it.clock.of(session),
            it.settings.ring_timeout_seconds,
            "live" if live else "automated",
            region=state,
            postal_code=postal_code,
        )
    emit(as_json, rule_tables.plain(answer), rule_tables.answer(answer))
    raise typer.Exit(not answer.lawful)


@app.command()
def upcoming(
    days: Annotated[int, typer.Option(help="So many days ahead.", min=1)] = 365,
    as_json: AsJson = False,
) -> None:
    """Rules that begin or end soon, and the campaigns that they change."""
    it = product()
    with transaction(it.sessions) as session:
        found = rule_forecast.upcoming(session, it.clock.of(session), days)
    nothing = Text(f"No rule changes within {days} days.")
    shown = Group(*map(rule_tables.coming, found)) if found else nothing
    emit(as_json, [asdict(one) for one in found], shown)
