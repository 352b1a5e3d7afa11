"""`dialer explain`: why a lead was called or not."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from dialer import decisions
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.decisions import Explanation
from dialer.report_lists import local

NEWEST = 10


def explain(
    key: Annotated[str, typer.Argument(metavar="LEAD|PHONE|ATTEMPT", help="Id or number.")],
    as_json: AsJson = False,
) -> None:
    """Why a lead was called or not: rules with their authority, zones, next lawful moment."""
    with transaction(product().sessions) as session:
        found = decisions.explain(session, key)
    emit(as_json, [asdict(one) for one in found], Group(*(_shown(one) for one in found)))


def _shown(one: Explanation) -> RenderableType:
    zone = next((made["zones"][0] for made in reversed(one.decisions) if made["zones"]), "UTC")
    reason = f" ({one.reason})" if one.reason else ""
    parts = [Text(f"Lead {one.lead_id} of campaign {one.campaign_id}: {one.state}{reason}", "bold")]
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
    head.append("" if allowed else f": {', '.join(made['reasons'])}")
    lines = [head]
    lines.extend(
        Text(f"      rule {rule['id']} version {rule['version']}: {rule['authority']}", "dim")
        for rule in made["rules"]
    )
    lines.append(Text(f"      zones considered: {', '.join(made['zones']) or 'none'}", "dim"))
    if made["next_lawful_at"]:
        lines.append(Text(f"      next lawful moment: {local(made['next_lawful_at'], zone)}"))
    return lines
