"""Reads fields of a form, with the carrier's codes for what is wrong in them."""

import re
from collections.abc import Mapping, Sequence

from media.simulator.errors import ApiError

Form = Mapping[str, Sequence[str]]
"""Every value of every key."""
Warnings = list[tuple[int, str]]
"""Debugger codes and texts of what was accepted all the same."""


def first(form: Form, key: str) -> str | None:
    """The first value of a key; None when absent or empty."""
    values = form.get(key)
    return values[0] if values and values[0] else None


def method(form: Form, key: str) -> str:
    """GET or POST, which is the default. Raises `ApiError` 21209."""
    given = (first(form, key) or "POST").upper()
    if given not in {"GET", "POST"}:
        raise ApiError(21209, f"{key} must be GET or POST.")
    return given


def seconds(form: Form, key: str, usual: int, most: int) -> int:
    """Whole seconds, at most `most`. Raises `ApiError` 21208."""
    text = first(form, key)
    if text is None:
        return usual
    given = whole(text)
    if not given:
        raise ApiError(21208, f"{key} must be a positive number of seconds.")
    return min(given, most)


def whole(text: str) -> int | None:
    """A number of ASCII digits, not longer than any that means something; None for all else."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def flag(form: Form, key: str) -> bool:
    """`true` in any case; everything else is false."""
    return (first(form, key) or "").lower() == "true"


def words(form: Form, key: str, usual: frozenset[str]) -> frozenset[str]:
    """Words of one or more values of a key, separated by blanks."""
    found = frozenset(word for value in form.get(key, ()) for word in value.split())
    return found or usual


def is_web_address(url: str) -> bool:
    """An absolute http(s) URL whose host has no underscore."""
    match = re.match(r"https?://([^/?#]+)", url)
    return match is not None and "_" not in match[1]


def callback(form: Form, key: str, warnings: Warnings) -> str | None:
    """A web address; a wrong one is dropped with warning 21609."""
    url = first(form, key)
    if url is not None and not is_web_address(url):
        warnings.append((21609, f"{key} is not a valid URL: {url}"))
        return None
    return url
