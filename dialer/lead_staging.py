"""The rows of a file on their way into the database: normalised, then copied in one stream."""

import io
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer import localities
from dialer.lead_consent import BulkConsent
from dialer.lead_csv import Fault, Row
from dialer.lead_rows import TEXTS, Normalised, normalise_row
from dialer.rules.locality import Locality, Located

BLOCK_ROWS = 2_000
MAX_NOTES = 100
COLUMNS = (
    "import_id",
    "line",
    "e164",
    "country",
    "place",
    "intent",
    "priority",
    "extra",
    "consent_wording",
    "consent_channel",
    "consent_at",
    "consent_form",
    "consent_purpose",
    *TEXTS,
)
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_NO_CONSENT = ("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Note:
    """A text that could not be used although its row was: how often, and first in which line."""

    line: int
    column: str
    text: str
    rows: int


class Staged(NamedTuple):
    """What a file holds: rows in all, what was refused, and the id of each place by its code."""

    rows: int
    faults: list[Fault]
    notes: list[Note]
    places: list[int]


def keep(session: Session, import_id: int, chunks: Iterable[bytes]) -> None:
    """COPY a file as it came, in PostgreSQL's binary form: nothing is escaped or parsed."""
    parts = [b"PGCOPY\n\xff\r\n\0", bytes(8)]
    for ordinal, chunk in enumerate(chunks):
        parts += [struct.pack("!hiqiii", 3, 8, import_id, 4, ordinal, len(chunk)), chunk]
    parts.append(struct.pack("!h", -1))
    with _cursor(session) as cursor:
        cursor.copy_expert(
            "copy import_chunks (import_id, ordinal, content) from stdin (format binary)",
            io.BytesIO(b"".join(parts)),
            1 << 20,
        )


def copy(session: Session, import_id: int, rows: Iterable[Row | Fault], now: datetime) -> Staged:
    """COPY all rows that can become leads into the staging table, as they are being read.

    The server stores one block while the next is being parsed. Raises what reading raises.
    """
    stream = Stream(import_id, rows, now)
    with _cursor(session) as cursor:
        cursor.copy_expert(f"copy import_rows ({', '.join(COLUMNS)}) from stdin", stream)
    session.execute(text("analyze import_rows (import_id, e164, place)"))
    ids = localities.ensure(session, stream.codes)
    notes = [Note(line, *key, count) for key, (line, count) in stream.notes.items()]
    return Staged(stream.rows, stream.faults, notes, [ids[place] for place in stream.codes])


def _texts(consent: BulkConsent) -> tuple[str, ...]:
    wording, channel, captured_at, form, purpose = consent
    return wording, channel, captured_at.isoformat(), form, purpose


def _cursor(session: Session) -> Any:
    """A cursor of the driver, which alone speaks COPY, in the session's transaction."""
    driver = session.connection().connection.driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    return driver.cursor()


class Stream:
    """A file in COPY's text format, made block by block of the rows."""

    def __init__(self, import_id: int, rows: Iterable[Row | Fault], now: datetime) -> None:
        self.rows = 0
        self.faults: list[Fault] = []
        self.notes: dict[tuple[str, str], tuple[int, int]] = {}
        self.codes: dict[Locality, int] = {}
        self._located: dict[int, tuple[Located, str]] = {}
        self._import_id = str(import_id)
        self._lines = self._copied(rows, now)

    def read(self, _size: int) -> str:
        """The next block, empty at the end; COPY takes blocks of any size."""
        return "".join(islice(self._lines, BLOCK_ROWS))

    def _copied(self, rows: Iterable[Row | Fault], now: datetime) -> Iterator[str]:
        for row in rows:
            self.rows += 1
            result = normalise_row(row, now) if isinstance(row, Row) else row
            if isinstance(result, Fault):
                self.faults.append(result)
            else:
                yield self._line(result)

    def _line(self, row: Normalised) -> str:
        consent, get = row.consent, row.fields.get
        values = (
            self._import_id,
            str(row.line),
            row.e164,
            row.country,
            self._place(row),
            row.intent,
            str(row.priority),
            json.dumps(row.extra) if row.extra else "{}",
            *(_NO_CONSENT if consent is None else _texts(consent)),
            *[get(name, "") for name in TEXTS],
        )
        line = "\t".join(values)
        if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != len(COLUMNS) - 1:
            line = "\t".join([value.translate(_ESCAPES) for value in values])
        return line + "\n"

    def _place(self, row: Normalised) -> str:
        """The code of the row's locality in this file; texts that gave nothing are noted."""
        known = self._located.get(id(row.located))
        if known is None:
            code = self.codes.setdefault(row.located.locality, len(self.codes))
            known = self._located[id(row.located)] = (row.located, str(code))
        if row.located.notes:
            self._note(row)
        return known[1]

    def _note(self, row: Normalised) -> None:
        for note in row.located.notes:
            line, count = self.notes.get(note, (row.line, 0))
            if count or len(self.notes) < MAX_NOTES:
                self.notes[note] = (line, count + 1)
