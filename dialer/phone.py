"""Telephone numbers: E.164 form, country and the time zones that a number may ring in."""

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


class PhoneInvalid(ValueError):
    """The text is no telephone number that can be called; the message says why."""


def parse(raw: str, region: str = "US") -> E164:
    """The number in E.164. Raises `PhoneInvalid` with a reason that fits in a row error."""
    text = raw.strip()
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


def country(number: E164) -> str:
    """ISO 3166 country of the number, empty when it belongs to none (toll-free, satellite)."""
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) in _NO_PLACE:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def zones(number: E164) -> tuple[str, ...]:
    """IANA zones in which the number may ring; empty when unknown or bound to no place."""
    parsed = phonenumbers.parse(number)
    if phonenumbers.number_type(parsed) in _NO_PLACE:
        return ()
    found = timezone.time_zones_for_number(parsed)
    return tuple(sorted(zone for zone in found if zone != UNKNOWN_ZONE))
