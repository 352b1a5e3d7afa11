"""`dialer calls`: attempts, and what was said in them."""

from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialer import attempts, campaigns, decisions
from dialer.api.v1_views import AttemptDetail, AttemptView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.models import Lead
from dialer.report_text import usd

app = typer.Typer(help="Calls: what was dialed, and what was said.")


@app.command("list")
def every(
    campaign: Annotated[str | None, typer.Option(help="Name or id.")] = None,
    active: Annotated[bool, typer.Option("--active", help="Only those not ended.")] = False,
    limit: Annotated[int, typer.Option(help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Attempts, newest first."""
    with transaction(product().sessions) as session:
        scope = campaigns.find(session, campaign).id if campaign else None
        found = attempts.every(session, scope, active=active, limit=limit)
        views = [AttemptView.of(attempt, lead) for attempt, lead in found]
    table = Table("attempt", "lead", "state", "outcome", "seconds", "cost", box=None)
    for one in views:
        seconds = "" if one.duration_seconds is None else str(one.duration_seconds)
        outcome = one.disposition or one.cause
        table.add_row(one.id, Text(one.lead), one.state, Text(outcome), seconds, usd(one.cost_usd))
    emit(as_json, views, table)


@app.command()
def show(
    attempt_id: Annotated[str, typer.Argument(metavar="ATTEMPT", help="Its id.")],
    as_json: AsJson = False,
) -> None:
    """One call: state, money, words, delays, recording, and why it was dialed."""
    with transaction(product().sessions) as session:
        attempt = attempts.find(session, attempt_id)
        lead = session.get_one(Lead, attempt.lead_id)
        made = decisions.of_attempt(session, attempt.id)
        view = AttemptDetail.whole(attempt, lead, made)
        recording = ((attempt.outcome or {}).get("recording") or {}).get("path")
    value = view.model_dump(mode="json") | {"recording_path": recording}
    emit(as_json, value, _shown(view, recording))


def _shown(view: AttemptDetail, recording: str | None) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    facts = {
        "lead": view.lead,
        "state": " ".join(part for part in (view.state, view.cause) if part),
        "outcome": view.disposition or "-",
        "talked": "-" if view.duration_seconds is None else f"{view.duration_seconds} s",
        "cost": usd(view.cost_usd),
        "score": "-" if view.score is None else f"{view.score:.2f}",
        "answers": ", ".join(f"{key}: {value}" for key, value in view.answers.items()) or "-",
        "recording": recording or "-",
    }
    for name, fact in facts.items():
        grid.add_row(Text(name, style="dim"), Text(fact))
    parts: list[RenderableType] = [grid]
    parts.extend(_words(turn) for turn in view.transcript)
    if view.latency:
        parts.append(_delays(view.latency))
    for one in view.decisions:
        rules = ", ".join(rule["id"] for rule in one["rules"])
        word = "allowed" if one["allowed"] else "refused: " + ", ".join(one["reasons"])
        parts.append(Text(f"{one['stage']} {word} under {rules}", style="dim"))
    return Group(*parts)


def _words(turn: dict[str, Any]) -> Text:
    agent = turn["speaker"] == "agent"
    cut = " (interrupted)" if turn.get("interrupted") else ""
    return Text.assemble(
        (f"{turn['started_ms'] / 1000:7.1f} s  ", "dim"),
        (f"{turn['speaker']}: ", "dim"),
        (turn["text"], "cyan" if agent else ""),
        (cut, "yellow"),
    )


def _delays(turns: list[dict[str, Any]]) -> Table:
    steps = ("endpoint_ms", "recognized_ms", "decided_ms", "first_audio_ms", "voice_to_voice_ms")
    table = Table("answer", *(step.replace("_", " ") for step in steps), box=None)
    for number, turn in enumerate(turns, start=1):
        cells = ("-" if turn.get(step) is None else str(turn[step]) for step in steps)
        table.add_row(str(number), *cells)
    return table
