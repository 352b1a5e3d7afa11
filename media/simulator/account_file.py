"""Reads the customer's account from YAML: limits, permissions, lists and prices of `Account`."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from media.simulator.amd.detector import Found
from media.simulator.people.marked_yaml import Marked

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


def read(path: Path) -> dict[str, Any]:
    """Fields of `Account` by name, for what the file says; the rest keeps its default.

    Raises `ScenarioError`, which names line and key, and OSError.
    """
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return {}
    fields = Marked.parse(text).fields(KEYS)
    return {key: _READERS[key](value) for key, value in fields.items()}


def _money(value: Marked) -> Decimal:
    """US dollars, exactly as they are written."""
    try:
        money = Decimal(value.text())
    except InvalidOperation:
        raise value.error("must be US dollars, such as 0.0140") from None
    if not (money.is_finite() and 0 <= money <= 1_000_000):
        raise value.error("must be US dollars between 0 and 1000000")
    return money


def _telephone(value: Marked) -> str:
    number = value.text()
    if not _NUMBER.fullmatch(number):
        raise value.error("must be a number in E.164, such as +12125550123")
    return number


def _prefix(value: Marked, text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise value.error("must be a prefix in E.164, such as +1907")
    return text


def _telephones(value: Marked) -> frozenset[str]:
    return frozenset(_telephone(one) for one in value.items())


def _prefixes(value: Marked) -> tuple[str, ...]:
    return tuple(_prefix(one, one.text()) for one in value.items())


def _prices(value: Marked) -> dict[str, Decimal]:
    return {_prefix(price, key): _money(price) for key, price in value.fields().items()}


def _keys(value: Marked) -> dict[str, str]:
    return {key: secret.text() for key, secret in value.fields().items()}


def _shares(value: Marked) -> dict[str, float]:
    return {
        name: share.number(0, 1)
        for name, share in value.fields({one.value for one in Found}).items()
    }


def _number(least: float, most: float) -> Callable[[Marked], float]:
    return lambda value: value.number(least, most)


def _whole(least: int, most: int) -> Callable[[Marked], int]:
    return lambda value: value.whole(least, most)


_READERS: dict[str, Callable[[Marked], Any]] = {
    "numbers": _telephones,
    "verified": _telephones,
    "blocked": _telephones,
    "unreachable": _telephones,
    "countries": _prefixes,
    "trial": Marked.truth,
    "suspended": Marked.truth,
    "limit_fails_call": Marked.truth,
    "cps": _number(0.001, 1000),
    "max_calls": _whole(0, 100_000),
    "rest_at_once": _whole(1, 100_000),
    "queue_hours": _number(0.001, 240),
    "per_minute": _money,
    "per_minute_by_prefix": _prices,
    "stream_per_minute": _money,
    "detection_errors": _shares,
    "recording_per_minute": _money,
    "detection_per_call": _money,
    "balance": _money,
    "price_delay_s": _number(0, 86_400),
    "keys": _keys,
}
KEYS = frozenset(_READERS)
"""What the file may say."""
