"""`dialer budget`: how the budgets stand, the ledger, alerts, and the carrier's usage."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from dialer import alerts as alerted
from dialer import attempts, budgets, campaigns
from dialer import usage as used
from dialer.api.v1_money_views import AlertView, BudgetView, LedgerView, UsageView
from dialer.cli.output import AsJson, emit
from dialer.cli.parts import product
from dialer.db import transaction
from dialer.errors import InputError
from dialer.report_text import usd

app = typer.Typer(help="Money: budgets, the ledger, alerts, the carrier's usage.")
Day = Annotated[str | None, typer.Option(help="Such as 2026-11-24.")]
Campaign = Annotated[str | None, typer.Option(help="Only of this one: id or name.")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]


@app.command()
def show(day: Day = None, as_json: AsJson = False) -> None:
    """Limit, spent, reserved and overrun: today in each budget's own zone, or on a day."""
    wanted, it = _day(day), product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        found = budgets.standings(session, it.account_purse(now), now, wanted)
    views = [BudgetView.of(one) for one in found]
    table = Table("budget", "day", "limit", "spent", "reserved", "overrun", "bound", box=None)
    for one in views:
        money = [usd(x) for x in (one.limit_usd, one.spent_usd, one.reserved_usd, one.overrun_usd)]
        table.add_row(Text(one.name), f"{one.day} {one.timezone}", *money, f"{one.percent} %")
    emit(as_json, views, table)


@app.command()
def alerts(campaign: Campaign = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """What somebody should know, newest first."""
    with transaction(product().sessions) as session:
        campaign_id = campaigns.find(session, campaign).id if campaign else None
        found = alerted.every(session, campaign_id=campaign_id, limit=limit)
        views = [AlertView.of(one) for one in found]
    table = Table("at (UTC)", "severity", "what", box=None)
    for one in views:
        table.add_row(f"{one.at:%Y-%m-%d %H:%M}", one.severity, Text(one.message))
    emit(as_json, views, table if views else Text("Nothing to tell."))


@app.command()
def ledger(
    attempt: Annotated[str | None, typer.Argument(help="Its id; else --campaign.")] = None,
    campaign: Campaign = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Every movement of money of one attempt or campaign, newest first."""
    if (attempt is None) == (campaign is None):
        raise InputError("one of ATTEMPT and --campaign is needed", "`dialer calls list` has ids")
    with transaction(product().sessions) as session:
        found = budgets.entries(
            session,
            attempt_id=attempts.find(session, attempt).id if attempt else None,
            campaign_id=campaigns.find(session, campaign).id if campaign else None,
            limit=limit,
        )
        views = [LedgerView.of(one) for one in found]
    table = Table("at (UTC)", "attempt", "budget", "day", "what", "amount", box=None)
    for one in views:
        at = f"{one.at:%Y-%m-%d %H:%M:%S}"
        table.add_row(at, one.attempt_id, one.scope, str(one.day), one.kind, usd(one.amount_usd))
    emit(as_json, views, table)


@app.command()
def usage(day: Day = None, as_json: AsJson = False) -> None:
    """The ledger's days (UTC) beside what the carrier's usage records bill."""
    wanted = _day(day)
    with transaction(product().sessions) as session:
        views = [UsageView.of(one) for one in used.every(session, wanted)]
    table = Table("day", "category", "ledger", "carrier", box=None)
    for one in views:
        table.add_row(str(one.day), "all", usd(one.ledger_usd), usd(one.carrier_usd), style="bold")
        for name, booked in one.ledger.items():
            table.add_row("", name, usd(booked), usd(one.carrier.get(name)))
    emit(as_json, views, table if views else Text("No day was compared yet."))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"--day {text!r} is no date", "Write it as 2026-11-24") from None
