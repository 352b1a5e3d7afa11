"""One CSV row becomes a lead that may be stored, or a fault: pure."""

from datetime import datetime
from typing import NamedTuple

from dialer import lead_consent, phone
from dialer.lead_consent import BulkConsent, ConsentInvalid
from dialer.lead_csv import Fault, Row
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
    line, fields, extra = row
    get = fields.get
    try:
        number = phone.parse(get("phone", ""))
        consent = lead_consent.of_fields(fields, now)
    except phone.PhoneInvalid as fault:
        return Fault(line, "phone", str(fault))
    except ConsentInvalid as fault:
        return Fault(line, fault.column, fault.reason)
    zone = get("timezone", "")
    if zone and not _is_zone(zone):
        return Fault(line, "timezone", f"{zone!r} is no IANA time zone such as America/Chicago")
    priority = _priority(get("priority", ""))
    if priority is None:
        return Fault(line, "priority", f"is no whole number from -{MAX_PRIORITY} to {MAX_PRIORITY}")
    located = locate(
        number, region=get("region", ""), postal_code=get("postal_code", ""), timezone=zone
    )
    intent = "buy" if get("intent", "").lower() in _BUYING else "sell"
    return Normalised(
        line, number, phone.country(number), located, fields, intent, priority, extra, consent
    )


def _is_zone(name: str) -> bool:
    try:
        known_zones([name])
    except ValueError:
        return False
    return True


def _priority(text: str) -> int | None:
    """A priority, 0 where there is none; None for a text that is no fitting number."""
    try:
        number = int(text or 0)
    except ValueError:
        return None
    return number if abs(number) <= MAX_PRIORITY else None
