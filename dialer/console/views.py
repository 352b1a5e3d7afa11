"""A board as HTML: the whole page, or its regions one by one."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialer.api.v1_views import AttemptDetail
from dialer.board import Board, Money
from dialer.report_text import usd

REGIONS = ("status", "lines", "campaigns", "funnel", "money", "appointments", "recent", "feed")
TONES = {
    "appointment_booked": "good",
    "warm_followup": "good",
    "callback_requested": "good",
    "do_not_call": "bad",
    "failed": "bad",
    "interrupted": "bad",
}


def page(board: Board) -> str:
    """The whole page, complete without its script."""
    template = _environment().get_template("board.html")
    return template.render(board=board, regions=regions(board))


def regions(board: Board) -> dict[str, str]:
    """The inner HTML of each part of the page by its name."""
    environment = _environment()
    return {
        name: environment.get_template(f"regions/{name}.html").render(board=board).strip()
        for name in REGIONS
    }


def login(problem: str = "") -> str:
    """The form that asks for the token, with what was wrong before."""
    return _environment().get_template("login.html").render(problem=problem)


def call(detail: AttemptDetail) -> str:
    """One call with its words."""
    return _environment().get_template("call.html").render(call=detail)


def share(money: Money, part: Decimal) -> str:
    """A part of the budget in percent, for the width of a bar."""
    return f"{min(100 * part / money.budget, Decimal(100)):.2f}" if money.budget else "0"


def clock(seconds: int | None) -> str:
    """`4:07`, as a call's age is read; empty for None."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "usd": usd,
        "clock": clock,
        "words": lambda text: text.replace("_", " "),
        "tone": lambda text: TONES.get(text, "plain"),
        "hour": lambda at: at.strftime("%H:%M:%S") if isinstance(at, datetime) else "",
    }
    environment.globals["share"] = share
    return environment
