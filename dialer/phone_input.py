"""Telephone numbers as people type them: understood, or refused with the remedy."""

from dialer.errors import InputError
from dialer.phone import E164, PhoneInvalid, parse


def number(text: str) -> E164:
    """The number in E.164. Raises `InputError` with the reason."""
    try:
        return parse(text)
    except PhoneInvalid as fault:
        raise InputError(f"phone {fault}", "Give a number in E.164, such as +12125550123") from None
