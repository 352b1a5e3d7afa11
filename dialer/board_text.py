"""The live board in a terminal; `rich.live.Live` shows it again and again."""

from decimal import Decimal

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.board import RECENT, Board, LineView, Money
from dialer.report_text import usd

PHASE_STYLES = {"free": "dim", "talking": "bold green", "ringing": "yellow", "dialing": "yellow"}
GOOD = {"appointment_booked", "warm_followup", "callback_requested"}
BAD = {"do_not_call", "failed", "interrupted"}


def render(board: Board) -> RenderableType:
    """The board as a layout that fills the terminal."""
    layout = Layout()
    layout.split_column(
        Layout(_head(board), name="head", size=3),
        Layout(_lines(board), name="lines", size=len(board.lines) + 3),
        Layout(name="below"),
    )
    layout["below"].split_row(Layout(_counts(board), ratio=2), Layout(_news(board), ratio=3))
    return layout


def clock(seconds: int) -> str:
    """`4:07`, as a call's age is read."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def _head(board: Board) -> RenderableType:
    names = "   ".join(
        f"{one.name} ({one.state}) {one.finished}/{one.leads}" for one in board.campaigns
    )
    text = Text(names or "no campaign yet", overflow="ellipsis", no_wrap=True)
    if not board.live:
        text.append("   live words unavailable: Redis does not answer", style="red")
    return Panel(text, title="dialer", title_align="left", border_style="cyan")


def _lines(board: Board) -> RenderableType:
    table = Table(box=None, expand=True, header_style="dim", padding=(0, 1))
    for name in ("", "state", "", "lead", "campaign"):
        table.add_column(name, no_wrap=True)
    table.add_column("latest words", ratio=1, no_wrap=True, overflow="ellipsis")
    for line in board.lines:
        table.add_row(*_line(line))
    busy = sum(line.phase != "free" for line in board.lines)
    return Panel(table, title=f"{busy} of {len(board.lines)} lines in use", title_align="left")


def _line(line: LineView) -> tuple[Text, ...]:
    style = PHASE_STYLES.get(line.phase, "cyan")
    who = {"agent": "agent: ", "callee": f"{line.lead}: "}.get(line.speaker, "")
    words = Text(who, style="dim")
    words.append(line.words, style="" if line.speaker == "callee" else "cyan")
    age = clock(line.seconds) if line.attempt_id else ""
    return (
        Text(str(line.slot), style="dim"),
        Text(line.phase, style=style),
        Text(age, justify="right"),
        Text(line.lead),
        Text(line.campaign, style="dim"),
        words,
    )


def _counts(board: Board) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for (step, reached), (state, count) in zip(
        [*board.funnel.model_dump().items(), ("", "")], board.lead_states.items(), strict=False
    ):
        grid.add_row(
            Text(step, style="dim"),
            str(reached),
            Text(state.replace("_", " "), style="dim"),
            str(count),
        )
    parts: list[RenderableType] = [grid, Text(""), *_money(board.money)]
    if board.appointments:
        parts.append(Text("\nappointments", style="dim"))
        parts.extend(
            Text(f"{one.local_time}  {one.lead} with {one.agent}", style="green")
            for one in board.appointments
        )
    return Panel(Group(*parts), title="so far", title_align="left")


def _money(money: Money) -> list[RenderableType]:
    bound = money.spent + money.reserved
    share = float(min(bound / money.budget, Decimal(1))) if money.budget else 0.0
    words = f"{usd(money.spent)} spent, {usd(money.reserved)} reserved of {usd(money.budget)}"
    return [Text(words), ProgressBar(total=1.0, completed=share, complete_style="cyan")]


def _news(board: Board) -> RenderableType:
    ended = [
        Text.assemble(
            (f"{one.disposition.replace('_', ' ')}  ", _tone(one.disposition)),
            one.lead,
            (f"  {clock(one.seconds)}" if one.seconds is not None else "", "dim"),
        )
        for one in board.recent
    ]
    said = [
        Text.assemble(
            (f"agent to {one.lead}: " if one.kind == "said" else f"{one.lead}: ", "dim"), one.text
        )
        for one in board.feed
    ]
    news = Layout()
    news.split_column(
        Layout(Panel(Group(*ended), title="recent calls", title_align="left"), size=RECENT + 2),
        Layout(Panel(Group(*said), title="feed", title_align="left")),
    )
    return news


def _tone(disposition: str) -> str:
    if disposition in GOOD:
        return "green"
    return "red" if disposition in BAD else ""
