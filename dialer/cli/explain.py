"""`dialer explain` and `dialer why`: why a lead, or a whole campaign, is called or not."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialer import campaigns, explanations, waiting
from dialer.api.v1_views import WaitingView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.explanations import Explanation
from dialer.report_lists import local

NEWEST = 10


def explain(
    key: Annotated[str, typer.Argument(metavar="LEAD|PHONE|ATTEMPT", help="Id or number.")],
    as_json: AsJson = False,
) -> None:
    """Why a lead was called or not, and whether it would be now: rules with their authority,
    zones, next lawful moment."""
    it = product()
    with transaction(it.sessions) as session:
        ask = explanations.at_the_gate(session, it.clock.of(session))
        found = explanations.explain(session, key, ask)
    emit(as_json, [asdict(one) for one in found], Group(*(_shown(one) for one in found)))


def why(
    campaign: Annotated[str, typer.Argument(help="Id or name.")], as_json: AsJson = False
) -> None:
    """Why a campaign is not calling: all its leads by what each of them waits for."""
    it = product()
    with transaction(it.sessions) as session:
        named = campaigns.find(session, campaign)
        reasons = waiting.reasons(session, named, it.clock.of(session), it.verdicts)
        standing, zone = explanations.standing(named), named.timezone
    view = WaitingView.of(named, reasons)
    table = Table("leads", "because", "not before", box=None)
    for one in view.reasons:
        table.add_row(str(one.leads), Text(one.words), local(one.next_at, zone))
    emit(as_json, view, Group(Text(f"{named.name}: {standing}; {view.leads} leads", "bold"), table))


def _shown(one: Explanation) -> RenderableType:
    zone = next(iter(one.now["zones"]), "UTC")
    reason = f" ({one.reason_words})" if one.reason else ""
    parts = [Text(f"Lead {one.lead_id} of {one.campaign}: {one.state}{reason}", "bold")]
    parts.append(Text(f"  now: {one.now['words']}", "green" if one.now["allowed"] else "yellow"))
    parts.extend(_grounds(one.now, zone))
    if one.next_attempt_at:
        parts.append(Text(f"  next attempt {local(one.next_attempt_at, zone)}"))
    if not one.decisions:
        parts.append(Text("  No dial was decided on yet."))
    hidden = len(one.decisions) - NEWEST
    if hidden > 0:
        parts.append(Text(f"  {hidden} earlier decisions; `--json` lists all", "dim"))
    for made in one.decisions[-NEWEST:]:
        parts.extend(_decision(made, zone))
    for attempt in one.attempts:
        ended = attempt["disposition"] or attempt["cause"] or attempt["state"]
        when = local(attempt["reserved_at"], zone)
        parts.append(Text(f"  attempt {attempt['attempt_id']}  {when}  {ended}", "dim"))
    return Group(*parts)


def _decision(made: dict[str, Any], zone: str) -> list[Text]:
    allowed = made["allowed"]
    head = Text(f"  {local(made['decided_at'], zone)}  {made['stage']}: ")
    head.append("allowed" if allowed else "refused", "green" if allowed else "yellow")
    head.append("" if allowed else f": {'; '.join(made['words'])}")
    return [head, *_grounds(made, zone)]


def _grounds(made: dict[str, Any], zone: str) -> list[Text]:
    """The rules with their authority, the zones, and the next lawful moment."""
    lines = [
        Text(f"      rule {rule['id']} version {rule['version']}: {rule['authority']}", "dim")
        for rule in made["rules"]
    ]
    lines.append(Text(f"      zones considered: {', '.join(made['zones']) or 'none'}", "dim"))
    if made["next_lawful_at"]:
        lines.append(Text(f"      next lawful moment: {local(made['next_lawful_at'], zone)}"))
    return lines
