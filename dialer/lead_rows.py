"""One CSV row becomes a lead that may be stored, or a fault: pure."""

from dataclasses import dataclass
from typing import Any

from dialer import phone
from dialer.lead_csv import Fault, Row
from dialer.rules.locality import Locality, locate
from dialer.rules.wall_clock import known_zones

_TEXTS = (
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
_BUYING = {"buy", "buyer", "buying", "purchase"}


@dataclass(frozen=True, slots=True)
class Normalised:
    """A row that can be called: E.164 number, country, locality and the lead's fields."""

    line: int
    e164: phone.E164
    country: str
    locality: Locality
    fields: dict[str, str]
    extra: dict[str, str]

    def record(self) -> dict[str, Any]:
        """As JSON values for the set-wise insert."""
        return {
            "line": self.line,
            "e164": self.e164,
            "country": self.country,
            "extra": self.extra,
            **self.fields,
        }


def normalise_row(row: Row, seen: dict[str, int]) -> Normalised | Fault:
    """Check number and zone; `seen` maps the numbers of this file to their first line."""
    try:
        number = phone.parse(row.fields.get("phone", ""))
    except phone.PhoneInvalid as fault:
        return Fault(row.line, "phone", str(fault))
    if number in seen:
        return Fault(row.line, "phone", f"{number} stands in line {seen[number]} already")
    zone = row.fields.get("timezone", "")
    try:
        known_zones([zone] if zone else [])
    except ValueError:
        return Fault(row.line, "timezone", f"{zone!r} is no IANA time zone such as America/Chicago")
    seen[number] = row.line
    fields = {name: row.fields.get(name, "") for name in _TEXTS}
    fields["intent"] = "buy" if row.fields.get("intent", "").lower() in _BUYING else "sell"
    extra = {
        name.removeprefix("extra:"): value
        for name, value in row.fields.items()
        if name.startswith("extra:")
    }
    located = locate(
        number, region=fields["region"], postal_code=fields["postal_code"], timezone=zone
    )
    return Normalised(row.line, number, phone.country(number), located.locality, fields, extra)
