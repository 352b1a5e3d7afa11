"""Telephone numbers: E.164 form, country and the time zones that a number may ring in."""

import re
from array import array
from functools import cache
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
_KINDS = (
    ("paid", ("premium_rate", "toll_free", "shared_cost")),
    ("carried", ("voip",)),
    ("roaming", ("personal_number", "pager", "uan", "voicemail")),
    ("place", ("fixed_line", "mobile")),
)
_PLACED = {"carried", "place"}
_NANP = re.compile(
    r"(?:\+?1[-. ]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[-. ]?)([2-9][0-9]{2})[-. ]?([0-9]{4})"
)
_NO_SUCH = "{!r} is not a number that exists in {} numbering"
_UNSEEN, _INVALID = 0, 1
_ANY_LINE = "4123"
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
            if (_exchanges[int(prefix)] or _seen(prefix)) == _INVALID:
                raise PhoneInvalid(_NO_SUCH.format(raw, region))
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
        raise PhoneInvalid(_NO_SUCH.format(text, region))
    return E164(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _country(parsed: phonenumbers.PhoneNumber) -> str:
    if phonenumbers.number_type(parsed) in _NO_PLACE:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def _seen(prefix: str) -> int:
    """Look an area code and exchange up in libphonenumber's patterns, and keep the answer."""
    home = _home(prefix + _ANY_LINE)
    if home is None:
        code = _INVALID
    else:
        if home not in _countries[2:]:
            _countries.append(home)
        code = _countries.index(home, 2)
    _exchanges[int(prefix)] = code
    return code


def _home(national: str) -> str | None:
    """The country of a North American number, empty for one without place, None if invalid."""
    for region, leading, kinds in _patterns():
        kind = kinds.fullmatch(national)
        if leading.match(national) if leading else kind:
            return None if kind is None else region if kind.lastgroup in _PLACED else ""
    return None


@cache
def _patterns() -> list[tuple[str, re.Pattern[str] | None, re.Pattern[str]]]:
    """Per region of North America its leading digits, if it has some, and its kinds of numbers.

    The installed libphonenumber's own patterns, asked in its own order: a region without leading
    digits has the numbers of which it knows a kind.
    """
    found = []
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]:
        known = phonenumbers.PhoneMetadata.metadata_for_region(region)
        if known is not None:
            kinds = "|".join(_kinds(known, *group) for group in _KINDS)
            leading = re.compile(known.leading_digits) if known.leading_digits else None
            every = _pattern(known, "general_desc")
            found.append((region, leading, re.compile(f"(?=(?:{every})$)(?:{kinds})")))
    return found


def _kinds(known: phonenumbers.PhoneMetadata, group: str, names: tuple[str, ...]) -> str:
    return f"(?P<{group}>{'|'.join(_pattern(known, name) for name in names)})"


def _pattern(known: phonenumbers.PhoneMetadata, name: str) -> str:
    """The pattern of one kind of numbers; one that nothing matches where there are none."""
    kind = getattr(known, name)
    return (kind and kind.national_number_pattern) or r"(?!)"
