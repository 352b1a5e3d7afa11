"""How `dialer rules` shows rules, findings, answers and forecasts to people."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialer.api.v1_rule_views import RuleView
from dialer.errors import InputError
from dialer.rule_forecast import Upcoming
from dialer.rule_lookup import Answer
from dialer.rule_review import Finding
from dialer.rules import rule_words

COLOURS = {"critical": "red", "warning": "yellow", "notice": "dim"}


def table(views: Sequence[RuleView]) -> Table:
    """Rules, a line each."""
    shown = Table("rule", "where", "class", "hours", "holidays", "caps", "says", box=None)
    for view in views:
        shown.add_row(
            f"{view.id} v{view.version}",
            view.jurisdiction,
            view.call_class,
            "forbidden" if view.hard_block else view.week,
            rule_words.holidays(view.holidays),
            rule_words.caps(view.caps),
            Text(_remarks(view), style="red" if view.fault else ""),
        )
    return shown


def whole(view: RuleView) -> Text:
    """One version with all its fields."""
    state = "binds today" if view.binds_today else "does not bind today"
    lines = [f"{view.id} version {view.version}, {view.jurisdiction}, {view.call_class}: {state}"]
    if view.fault:
        lines.append(f"  CANNOT BE READ: {view.fault}; its places are closed")
    told = {
        "hours": "forbidden" if view.hard_block else view.week,
        "holidays": rule_words.holidays(view.holidays),
        "caps": rule_words.caps(view.caps),
        "consent": view.consent,
        "recording": view.recording,
        "do-not-call file at most": f"{view.scrub_days} days old" if view.scrub_days else "",
        "in force": f"{view.effective_from} to {view.effective_to or 'further notice'}",
        "authority": view.authority,
        "source": f"{view.source} {view.source_date}".strip(),
        "confidence": view.confidence if view.confirmed else f"{view.confidence}, unconfirmed",
        "confirmed by": view.confirmed_by,
        "reason": view.reason,
        "note": view.note,
    }
    lines += [f"  {name}: {value}" for name, value in told.items() if value]
    return Text("\n".join(lines))


def findings(found: Sequence[Finding]) -> RenderableType:
    """What `check` found, the gravest first."""
    lines = []
    for one in found:
        text = Text(f"{one.severity:<9}", style=COLOURS[one.severity])
        lines.append(text.append(f"{one.rule_id or 'all'}: {one.problem}. {one.remedy}", ""))
    return Group(*lines) if lines else Text("Nothing is doubtful.")


def answer(one: Answer) -> Text:
    """What the law says of a number."""
    said = "lawful" if one.lawful else "NOT lawful"
    lines = [f"{one.number} at {one.at:%Y-%m-%d %H:%M:%S %Z}: {said} ({one.call_class} call)"]
    lines += [f"  against it: {reason}" for reason in one.reasons]
    lines.append(f"  zones: {', '.join(one.zones) or 'unknown'}")
    lines.append(f"  states: {', '.join(one.states) or 'none known'}")
    lines += [f"  {place}: from {', '.join(told)}" for place, told in one.sources.items()]
    for rule in one.rules:
        caps = f", at most {' and '.join(rule.caps)}" if rule.caps else ""
        lines.append(f"  {rule.rule_id} v{rule.version}: {rule.authority}{caps}")
    if one.lawful:
        lines.append(f"  lawful until {one.closes_at:%Y-%m-%d %H:%M:%S %Z}")
    elif one.next_lawful_at:
        lines.append(f"  next lawful moment: {one.next_lawful_at:%Y-%m-%d %H:%M:%S %Z}")
    else:
        lines.append("  no lawful moment in sight")
    return Text("\n".join(lines))


def coming(one: Upcoming) -> Text:
    """A change to come and the campaigns under it."""
    vouched = "" if one.confirmed else ", unconfirmed"
    lines = [f"{one.day}: {one.rule_id} v{one.version} {one.what} in {one.jurisdiction}{vouched}"]
    lines += [f"  {words}" for words in one.words]
    for campaign in one.campaigns:
        lines.append(f"  campaign {campaign.name} ({campaign.state}), {campaign.leads} open leads:")
        lines.append(f"    {campaign.hours_before} -> {campaign.hours_after}")
    if not one.campaigns:
        lines.append("  no campaign has leads there")
    return Text("\n".join(lines))


def plain(one: Answer) -> dict[str, Any]:
    """The answer as JSON has it."""
    moments = ("at", "next_lawful_at", "closes_at")
    at = {name: value.isoformat() for name in moments if (value := getattr(one, name))}
    return asdict(one) | at


def moment(text: str) -> datetime | None:
    """An ISO moment with its offset; None for nothing. Raises `InputError`."""
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise InputError(
            f"{text!r} is no moment with its offset", "Write it as 2026-11-24T18:00:00+00:00"
        )
    return read


def _remarks(view: RuleView) -> str:
    if view.fault:
        return f"CANNOT BE READ: {view.fault}"
    remarks = [f"consent {view.consent}"] if view.consent else []
    if view.recording:
        remarks.append(f"recording: {view.recording}")
    if view.scrub_days:
        remarks.append(f"do-not-call file at most {view.scrub_days} days old")
    if not view.binds_today:
        remarks.append(f"from {view.effective_from}")
    if not view.confirmed:
        remarks.append(f"unconfirmed ({view.confidence})")
    return ", ".join(remarks)
