"""The phrases that must not be missed, such as "stop calling"; the spotter's list."""

from functools import cache
from pathlib import Path

LISTING = Path(__file__).parent / "data" / "keyphrases.txt"


@cache
def keyphrases() -> tuple[str, ...]:
    """All of them, without the spotter's thresholds."""
    lines = LISTING.read_text(encoding="utf-8").splitlines()
    return tuple(line.split(" /")[0] for line in lines)


def phrases_in(text: str) -> tuple[str, ...]:
    """Those that a sentence holds, word for word."""
    return tuple(one for one in keyphrases() if f" {one} " in f" {text} ")
