"""`make bench`: measures part by part, prints a table, writes build/bench.json."""

import argparse
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.audio import TOPICS
from tests.bench.figure import Figure, as_json

PARTS = ("audio", "imports", "dispatch", "dialing", "twin_load", "conversation")
ALONE = tuple(f"audio_{topic}" for topic in TOPICS)
OUTPUT = Path("build/bench.json")
WIDTH = 150


def main() -> int:
    """Run all parts or the one that is named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=(*PARTS, *ALONE), help="one part only")
    wanted = parser.parse_args().part
    figures: list[Figure] = []
    for part in [wanted] if wanted else PARTS:
        measure: Callable[[], Iterable[Figure]] = import_module(f"tests.bench.{part}").measure
        figures.extend(measure())
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table(figures))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(as_json(figures))
    return 0


def table(figures: list[Figure]) -> Table:
    """The figures beside their targets and their rivals; of several rivals each has a line."""
    made = Table("part", "figure", "value", "unit", "target", "met", "rival", title="make bench")
    before = None
    for one in figures:
        rival = f"{one.rival}: {_short(one.rival_value)}" if one.rival_value is not None else ""
        target = "" if one.target is None else _short(one.target)
        met = "" if one.met is None else ("yes" if one.met else "[red]no[/red]")
        cells = (one.part, one.name, _short(one.value), one.unit, target, met)
        told = (one.part, one.name) == before
        made.add_row(*(cells if not told else [""] * len(cells)), rival)
        before = (one.part, one.name)
    return made


def _short(value: float) -> str:
    """Three digits that count, all of them in large numbers."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
