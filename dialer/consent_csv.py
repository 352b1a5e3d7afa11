"""CSV text of consents: row by row into what can be recorded, or the fault with its column."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from dialer import lead_consent, lead_csv
from dialer.lead_consent import BulkConsent, ConsentInvalid
from dialer.lead_csv import Fault, Row
from dialer.phone import E164, PhoneInvalid, parse

COLUMNS = ("wording", "channel", "date", "form", "purpose", "evidence")


class Given(NamedTuple):
    """One person's consent, and where its proof lies."""

    number: E164
    consent: BulkConsent
    evidence: str = ""


def read(
    lines: Iterable[str], defaults: Mapping[str, str], now: datetime
) -> Iterator[tuple[int, Given] | Fault]:
    """Line and consent, or the fault, of each row; columns as in `COLUMNS`, besides `phone`.

    A file of leads with its `consent ...` columns is read too. `defaults` stand in for columns or
    fields that the file lacks. Raises `InputError` for a file without header or phone column.
    """
    for row in lead_csv.read(lines):
        yield row if isinstance(row, Fault) else _given(row, defaults, now)


def _given(row: Row, defaults: Mapping[str, str], now: datetime) -> tuple[int, Given] | Fault:
    told = {name: text for name, text in defaults.items() if text}
    for title, value in (row.fields | row.extra).items():
        name = "_".join(title.lower().split()).removeprefix("consent_")
        if value:
            told["date" if name == "captured_at" else name] = value
    try:
        number = parse(told.get("phone", ""))
        fields = {f"consent_{name}": told.get(name, "") for name in COLUMNS}
        consent = lead_consent.of_fields(fields, now)
    except PhoneInvalid as fault:
        return Fault(row.line, "phone", str(fault))
    except ConsentInvalid as fault:
        return Fault(row.line, fault.column.removeprefix("consent_"), fault.reason)
    if consent is None:
        return Fault(row.line, "wording", "is empty")
    return row.line, Given(number, consent, told.get("evidence", ""))
