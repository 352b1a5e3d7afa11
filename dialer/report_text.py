"""The report in a terminal."""

from decimal import Decimal

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dialer.report import Percentiles, Report

BAR_WIDTH = 28
SHOWN = 12


def render(report: Report) -> RenderableType:
    """The report as something that rich prints; long lists are cut with a note."""
    parts: list[RenderableType] = [_figures(report), _bars("Funnel (leads)", _funnel(report))]
    if report.dispositions:
        parts.append(_bars("How attempts ended", _plain(report.dispositions)))
    parts.append(_bars("Where leads are", _plain(report.lead_states)))
    parts.extend(
        _list(title, columns, rows) for title, columns, rows in _lists(report) if len(rows) > 0
    )
    # Text, not markup: an operator may name a campaign "[/]".
    title = Text.assemble(report.campaign, "  ", (f"{report.state}, window {report.window}", "dim"))
    return Panel(Group(*parts), title=title, border_style="cyan", padding=(1, 2))


def usd(amount: Decimal | None) -> str:
    """`$1.25` where cents are exact, `$0.0184` where not; a dash for None."""
    if amount is None:
        return "-"
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}${amount:,.2f}" if amount == round(amount, 2) else f"{sign}${amount:,.4f}"


def milliseconds(figures: Percentiles) -> str:
    """`640 ms median, 910 ms p95 of 14`, or what is missing."""
    if not figures.count:
        return "not measured"
    return f"{figures.p50} ms median, {figures.p95} ms p95 of {figures.count}"


def _figures(report: Report) -> Table:
    grid = Table.grid(padding=(0, 3))
    grid.add_column(style="dim")
    grid.add_column()
    rows = [
        ("leads imported", f"{report.leads_imported} ({report.rows_rejected} rows refused)"),
        ("calls placed", f"{report.attempts} ({report.never_rang} given back before ringing)"),
        ("most at once", str(report.max_concurrent)),
        ("dialed twice", str(report.double_dials)),
        ("appointments", f"{report.appointments} ({report.invites_sent} invites sent)"),
        ("opted out", str(report.opt_outs)),
        (
            "money",
            f"{usd(report.spent_usd)} spent, {usd(report.reserved_usd)} reserved, "
            f"{usd(report.budget_usd)} a day",
        ),
        (
            "cost per",
            f"call {usd(report.cost_per_call_usd)}, "
            f"conversation {usd(report.cost_per_conversation_usd)}, "
            f"appointment {usd(report.cost_per_appointment_usd)}",
        ),
        ("spent on", _products(report)),
        ("voice to voice", milliseconds(report.voice_to_voice_ms)),
    ]
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def _products(report: Report) -> str:
    products = report.cost_by_product_usd.items()
    return ", ".join(f"{name} {usd(amount)}" for name, amount in products) or "nothing yet"


def _funnel(report: Report) -> list[tuple[str, int]]:
    return list(report.funnel.model_dump().items())


def _plain(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name.replace("_", " "), count) for name, count in counts.items()]


def _bars(title: str, counts: list[tuple[str, int]]) -> RenderableType:
    most = max((count for _, count in counts), default=0) or 1
    table = Table.grid(padding=(0, 2))
    for name, count in counts:
        bar = "█" * round(BAR_WIDTH * count / most) or ("▏" if count else "")
        table.add_row(Text(name), Text(str(count), justify="right"), Text(bar, style="cyan"))
    return Group(Text(f"\n{title}", style="bold"), table)


def _lists(report: Report) -> list[tuple[str, list[str], list[list[str]]]]:
    return [
        (
            "Appointments",
            ["agent", "lead", "lead's time", "agent's time", "invite"],
            [
                [one.agent, one.lead, one.local_time, one.agent_time, _sent(one.invited)]
                for one in report.appointment_list
            ],
        ),
        (
            "Waiting",
            ["lead", "why", "made", "next attempt"],
            [
                [one.lead, one.reason, str(one.attempts_made), one.local_time]
                for one in report.waiting_list
            ],
        ),
        (
            "Opted out",
            ["lead", "words", "attempt"],
            [[one.lead, one.words, one.attempt_id] for one in report.opt_out_list],
        ),
        (
            "Refused rows",
            ["file", "line", "column", "reason"],
            [[one.file, str(one.line), one.column, one.reason] for one in report.refused_rows],
        ),
    ]


def _sent(invited: bool) -> str:
    return "sent" if invited else "waiting"


def _list(title: str, columns: list[str], rows: list[list[str]]) -> RenderableType:
    table = Table(*columns, box=None, header_style="dim", padding=(0, 2, 0, 0))
    for row in rows[:SHOWN]:
        table.add_row(*(Text(cell) for cell in row))
    parts: list[RenderableType] = [Text(f"\n{title}", style="bold"), table]
    if len(rows) > SHOWN:
        parts.append(Text(f"and {len(rows) - SHOWN} more", style="dim"))
    return Group(*parts)
