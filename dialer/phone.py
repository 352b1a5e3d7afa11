"""Telephone numbers: E.164 form, country and the time zones that a number may ring in."""

import re
from array import array
from typing import NewType

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, timezone

E164 = NewType("E164", str)

UNKNOWN_ZONE = "Etc/Unknown"
_NO_PLACE = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
    PhoneNumberType.VOICEMAIL,
}
_NANP = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([2-9][0-9]{2})[-. ]?([0-9]{4})"
)
_UNSEEN, _INVALID = 0, 1
_ANY_LINE = 4123
# What libphonenumber says of each area code and exchange, by their six digits: `_UNSEEN`,
# `_INVALID`, or where in `_countries` the country stands. Filled as numbers come by, from the
# library that is installed, so that it cannot go stale; the last four digits decide nothing.
_exchanges = array("B", bytes(1_000_000))
_countries: list[str] = ["", "", ""]


class PhoneInvalid(ValueError):
    """The text is no telephone number that can be called; the message says why."""


def parse(raw: str, region: str = "US") -> E164:
    """The number in E.164. Raises `PhoneInvalid` with a reason that fits in a row error.

    Plain North American numbers go a short way that gives libphonenumber's answer.
    """
    if region == "US":
        plain = _NANP.fullmatch(raw)
        if plain:
            bare, spaced, exchange, line = plain.groups()
            prefix = (bare or spaced) + exchange
            if (_exchanges[int(prefix)] or _seen(prefix)) != _INVALID:
                return E164(f"+1{prefix}{line}")
    return _parsed(raw.strip(), region)


def country(number: E164) -> str:
    """ISO 3166 country of the number, empty when it belongs to none (toll-free, satellite)."""
    if number.startswith("+1") and len(number) == 12:
        return _countries[_exchanges[int(number[2:8])] or _seen(number[2:8])]
    return _country(phonenumbers.parse(number))


def zones(number: E164) -> tuple[str, ...]:
    """IANA zones in which the number may ring; empty when unknown or bound to no place."""
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) in _NO_PLACE:
        return ()
    found = timezone.time_zones_for_number(parsed)
    return tuple(sorted(zone for zone in found if zone != UNKNOWN_ZONE))


def _parsed(text: str, region: str) -> E164:
    if not text:
        raise PhoneInvalid("is empty")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise PhoneInvalid(f"{text!r} is not a telephone number") from None
    if number.extension:
        raise PhoneInvalid(f"{text!r} has an extension, which cannot be dialed")
    if not phonenumbers.is_valid_number(number):
        raise PhoneInvalid(f"{text!r} is not a number that exists in {region} numbering")
    return E164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _country(parsed: phonenumbers.PhoneNumber) -> str:
    if phonenumbers.number_type(parsed) in _NO_PLACE:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def _seen(prefix: str) -> int:
    """Ask libphonenumber about an area code and exchange, and keep the answer."""
    number = phonenumbers.PhoneNumber(
        country_code=1, national_number=int(prefix) * 10_000 + _ANY_LINE
    )
    kind = phonenumbers.number_type(number)
    code = _INVALID  # a number of no type is what `is_valid_number` refuses
    if kind != PhoneNumberType.UNKNOWN:
        home = phonenumbers.region_code_for_number(number)
        there = "" if kind in _NO_PLACE or home is None else home
        if there not in _countries[2:]:
            _countries.append(there)
        code = _countries.index(there, 2)
    _exchanges[int(prefix)] = code
    return code
