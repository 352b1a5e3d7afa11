"""One CSV row becomes a lead that may be stored, or a fault: pure."""

from datetime import datetime
from typing import NamedTuple

from dialer import lead_consent, phone
from dialer.lead_consent import BulkConsent, ConsentInvalid
from dialer.lead_csv import EXTRA, Fault, Row
from dialer.rules.locality import Located, locate
from dialer.rules.wall_clock import known_zones

TEXTS = (
    "external_id",
    "first_name",
    "last_name",
    "email",
    "address",
    "city",
    "region",
    "postal_code",
    "timezone",
)
MAX_PRIORITY = 1_000
_BUYING = {"buy", "buyer", "buying", "purchase"}


class Normalised(NamedTuple):
    """A row that can become a lead: its number with country and place, and what was told of it."""

    line: int
    e164: phone.E164
    country: str
    located: Located
    fields: dict[str, str]
    intent: str
    priority: int
    extra: dict[str, str]
    consent: BulkConsent | None


def normalise_row(row: Row, now: datetime) -> Normalised | Fault:
    """Check number, zone, priority and consent of one row; `now` is when the file came in."""
    line, fields = row
    try:
        number = phone.parse(fields.get("phone", ""))
    except phone.PhoneInvalid as fault:
        return Fault(line, "phone", str(fault))
    zone = fields.get("timezone", "")
    try:
        known_zones([zone] if zone else [])
    except ValueError:
        return Fault(line, "timezone", f"{zone!r} is no IANA time zone such as America/Chicago")
    priority = _priority(fields.get("priority", "0"))
    if priority is None:
        return Fault(line, "priority", f"is no whole number from -{MAX_PRIORITY} to {MAX_PRIORITY}")
    try:
        consent = lead_consent.of_fields(fields, now)
    except ConsentInvalid as fault:
        return Fault(line, fault.column, fault.reason)
    located = locate(
        number,
        region=fields.get("region", ""),
        postal_code=fields.get("postal_code", ""),
        timezone=zone,
    )
    intent = "buy" if fields.get("intent", "").lower() in _BUYING else "sell"
    extra = {name[len(EXTRA) :]: text for name, text in fields.items() if name.startswith(EXTRA)}
    return Normalised(
        line, number, phone.country(number), located, fields, intent, priority, extra, consent
    )


def _priority(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= MAX_PRIORITY else None
