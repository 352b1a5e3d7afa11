"""Patterns of telephone numbers: `*` stands for any digits (or none), `?` for exactly one."""

import re

MOST_DIGITS = 15
"""E.164: a number has at most 15 digits."""

_FORM = re.compile(r"\+[0-9]{3}[0-9*?]*")


class PatternInvalid(ValueError):
    """The text is no pattern of numbers; the message says why."""


def is_pattern(text: str) -> bool:
    """Whether the text means a pattern rather than one number."""
    return "*" in text or "?" in text


def pattern(text: str) -> str:
    """The pattern in its one form: no spaces, no `**`.

    It begins with + and three digits at least, so that a slip of the finger cannot silence a
    continent. Raises `PatternInvalid` with a reason that fits in a row error.
    """
    form = re.sub(r"\*+", "*", re.sub(r"[ ().-]", "", text))
    if not is_pattern(form):
        raise PatternInvalid(f"{text!r} has neither * nor ?, so it is a number and no pattern")
    if not _FORM.fullmatch(form):
        raise PatternInvalid(f"{text!r} must be + and three digits at least, then digits, * or ?")
    if len(form.replace("*", "")) > MOST_DIGITS + 1:
        raise PatternInvalid(f"{text!r} is longer than any telephone number")
    return form
