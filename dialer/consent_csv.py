"""CSV text of consents: row by row into what can be recorded, or the fault with its column."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from dialer import lead_csv
from dialer.errors import InputError
from dialer.lead_csv import Fault, Row
from dialer.phone import E164, PhoneInvalid, parse

COLUMNS = ("wording", "channel", "form", "captured_at", "purpose", "evidence")
FORMS = ("written", "express")


@dataclass(frozen=True, slots=True)
class Given:
    """One consent as told: `form` is `written` (signed) or `express`."""

    number: E164
    wording: str
    channel: str
    form: str
    captured_at: datetime
    purpose: str
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


def problem(given: Given, now: datetime) -> tuple[str, str] | None:
    """The field that makes a consent worthless as proof, and why; None when it is complete.

    Wording, channel and time are what 16 CFR 310.5(a)(8) wants kept of a consent.
    """
    if not given.wording.strip():
        return "wording", "is empty: give the words that the person agreed to"
    if not given.channel.strip():
        return "channel", "is empty: say how it was given, such as web form"
    if given.form not in FORMS:
        return "form", f"{given.form!r} is not one of {', '.join(FORMS)}"
    if given.captured_at.tzinfo is None:
        return "captured_at", "has no UTC offset: write it like 2026-11-20T14:00:00Z"
    if given.captured_at > now:
        return "captured_at", "is in the future"
    return None


def moment(text: str) -> datetime:
    """A time with its offset, or a day, which means its beginning in UTC. Raises `InputError`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{text!r} is not a time", "Write it like 2026-11-20 or 2026-11-20T14:00:00-05:00"
        ) from None
    return datetime.combine(found, time(0), UTC) if len(text) <= len("2026-11-20") else found


def _given(row: Row, defaults: Mapping[str, str], now: datetime) -> tuple[int, Given] | Fault:
    told = dict(defaults)
    for title, value in (row.fields | row.extra).items():
        name = "_".join(title.lower().split()).removeprefix("consent_")
        if value:
            told["captured_at" if name == "date" else name] = value
    try:
        number = parse(told.get("phone", ""))
    except PhoneInvalid as fault:
        return Fault(row.line, "phone", str(fault))
    try:
        captured_at = moment(told.get("captured_at", ""))
    except InputError as fault:
        return Fault(row.line, "captured_at", fault.problem)
    words = {name: told.get(name, "").strip() for name in COLUMNS if name != "captured_at"}
    given = Given(number=number, captured_at=captured_at, **words)
    wrong = problem(given, now)
    return Fault(row.line, *wrong) if wrong else (row.line, given)
