"""CSV text of leads: which columns mean what, row by row, without I/O."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dialer.errors import InputError

COLUMNS: dict[str, tuple[str, ...]] = {
    "phone": ("phone", "phone number", "mobile", "cell", "telephone", "tel", "primary phone"),
    "first_name": ("first name", "first", "given name", "name"),
    "last_name": ("last name", "last", "surname", "family name"),
    "email": ("email", "e mail", "email address"),
    "address": ("address", "street", "street address", "property address"),
    "city": ("city", "town"),
    "region": ("state", "region", "province"),
    "postal_code": ("zip", "zip code", "postal code", "postcode"),
    "timezone": ("timezone", "time zone", "tz"),
    "intent": ("intent", "interest", "lead type", "type"),
    "external_id": ("id", "external id", "lead id", "crm id"),
    "priority": ("priority",),
    "consent_wording": ("consent", "consent wording", "consent text", "consent language"),
    "consent_date": ("consent date", "consent time", "consent at", "opt in date"),
    "consent_channel": ("consent channel", "consent source", "opt in source"),
    "consent_form": ("consent form",),
    "consent_purpose": ("consent purpose",),
}
EXTRA = "extra:"
MAX_FIELD_CHARACTERS = 2_000


class Row(NamedTuple):
    """One lead as written in the file; `line` is the line of the file that the row ends on.

    `fields` holds the columns that are known here, some perhaps empty, `extra` the others.
    """

    line: int
    fields: dict[str, str]
    extra: dict[str, str] = {}  # noqa: RUF012  # never written to


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be used: its line, the column and the reason."""

    line: int
    column: str
    reason: str


def mapping(header: list[str]) -> list[str]:
    """The field that each column of the header feeds; unknown ones keep their name as `extra:`.

    Raises `InputError` when there is no phone column or a known column stands there twice.
    """
    known = {alias: field for field, aliases in COLUMNS.items() for alias in aliases}
    fields = []
    for title in header:
        plain = " ".join(title.lower().replace("_", " ").replace("-", " ").split())
        fields.append(known.get(plain, f"{EXTRA}{title.strip()}"))
    if "phone" not in fields:
        raise InputError(
            f"the CSV has no phone column; its columns are: {', '.join(header) or 'none'}",
            f"Name one of them {' or '.join(repr(name) for name in COLUMNS['phone'][:4])}",
        )
    doubled = {field for field in fields if fields.count(field) > 1 and ":" not in field}
    if doubled:
        raise InputError(
            f"two columns of the CSV mean {', '.join(sorted(doubled))}", "Rename or remove one"
        )
    return fields


def read(lines: Iterable[str]) -> Iterator[Row | Fault]:
    """Rows and faults of a CSV, streaming; the delimiter is a comma or a semicolon.

    Raises `InputError` for a file without header or phone column. Blank lines are skipped.
    """
    source = iter(lines)
    head = next(source, "")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    header = next(csv.reader([head], delimiter=delimiter), [])
    if not any(title.strip() for title in header):
        raise InputError("the CSV is empty", "Its first line must name the columns")
    fields = mapping(header)
    strange = {field for field in fields if field not in COLUMNS}
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        try:
            for values in reader:
                if any(values):
                    texts = [*map(str.strip, values)]
                    row = _row(reader.line_num + 1, fields, strange, header, texts)
                    if row is not None:
                        yield row
            return
        except csv.Error as error:
            yield Fault(reader.line_num + 1, "", f"the line is no CSV: {error}")


def _row(
    line: int, fields: list[str], strange: set[str], header: list[str], values: list[str]
) -> Row | Fault | None:
    """The row's fields; None for a row of blanks."""
    if not any(values):
        return None
    if len(values) > len(fields):
        return Fault(
            line, "", f"has {len(values)} fields but the header names {len(fields)}; quote commas"
        )
    if max(map(len, values)) > MAX_FIELD_CHARACTERS:
        long = next(at for at, text in enumerate(values) if len(text) > MAX_FIELD_CHARACTERS)
        return Fault(line, header[long], f"is longer than {MAX_FIELD_CHARACTERS} characters")
    if "\x00" in "".join(values):
        zero = next(at for at, text in enumerate(values) if "\x00" in text)
        return Fault(line, header[zero], "contains a zero byte")
    found = dict(zip(fields, values, strict=False))
    if not strange:
        return Row(line, found)
    extra = {name[len(EXTRA) :]: found.pop(name, "") for name in strange}
    return Row(line, found, {name: text for name, text in extra.items() if text})
