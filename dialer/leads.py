"""Leads: a CSV file is taken in, staged, normalised and made ready, each step repeatable."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from dialer import lead_csv, lead_files, localities
from dialer.errors import NotFound
from dialer.lead_rows import Normalised, normalise_row
from dialer.models import Import, ImportChunk, ImportRow, Lead, Phone, RowFault, Suppression

BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: counts, and every refused row with line, column and reason."""

    import_id: int
    state: str
    rows_total: int
    rows_imported: int
    rows_rejected: int
    faults: list[lead_csv.Fault]
    error: str = ""


def upload(
    session: Session, campaign_id: int, filename: str, stream: BinaryIO, now: datetime
) -> Import:
    """Take a file in after checking what can be known at once: text, header, phone column.

    The same file for the same campaign is recognised and returned as it stands. Raises
    `InputError` for an empty file, a wrong encoding or a missing phone column; nothing is kept.
    """
    chunks = lead_files.inspected(filename, stream)
    digest = hashlib.sha256(b"".join(chunks)).hexdigest()
    known = session.scalar(
        select(Import).where(Import.campaign_id == campaign_id, Import.sha256 == digest)
    )
    if known:
        return known
    taken = Import(campaign_id=campaign_id, filename=filename, sha256=digest, created_at=now)
    session.add(taken)
    session.flush()
    session.add_all(
        ImportChunk(import_id=taken.id, ordinal=ordinal, content=chunk)
        for ordinal, chunk in enumerate(chunks)
    )
    return taken


def stage(session: Session, import_id: int) -> None:
    """Parse the file into rows and row faults; a repetition begins anew."""
    taken = _import(session, import_id)
    if taken.state != "uploaded":
        return
    chunks = session.scalars(
        select(ImportChunk.content)
        .where(ImportChunk.import_id == import_id)
        .order_by(ImportChunk.ordinal)
    )
    faults: list[RowFault] = []
    buffer, total = io.StringIO(), 0
    for item in lead_csv.read(lead_files.lines(list(chunks), taken.filename)):
        total += 1
        if isinstance(item, lead_csv.Fault):
            faults.append(_fault(import_id, item))
        else:
            _copy_line(buffer, import_id, item.line, json.dumps(item.fields))
        if buffer.tell() > lead_files.CHUNK_BYTES:
            _copy(session, buffer)
            buffer = io.StringIO()
    _copy(session, buffer)
    session.add_all(faults)
    taken.rows_total, taken.rows_rejected = total, len(faults)
    taken.state = "staged"


def normalise(session: Session, import_id: int, now: datetime) -> None:
    """Turn staged rows into phones and leads, or into row faults; a repetition does nothing.

    The new leads are not due yet: nothing is dialed before the whole file is in.
    """
    taken = _import(session, import_id)
    if taken.state != "staged":
        return
    seen: dict[str, int] = {}
    for batch in _staged(session, import_id):
        good: list[Normalised] = []
        for row in batch:
            result = normalise_row(row, seen)
            if isinstance(result, lead_csv.Fault):
                session.add(_fault(import_id, result))
                taken.rows_rejected += 1
            else:
                good.append(result)
        _insert(session, taken, good, now)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(ImportChunk).where(ImportChunk.import_id == import_id))
    taken.state = "normalised"


def activate(session: Session, import_id: int, now: datetime) -> None:
    """Make the imported leads due; numbers on the suppression list go aside at once."""
    taken = _import(session, import_id)
    if taken.state != "normalised":
        return
    off_limits = (
        select(Phone.id)
        .join(Suppression, Suppression.e164 == Phone.e164)
        .where((Suppression.campaign_id.is_(None)) | (Suppression.campaign_id == taken.campaign_id))
    )
    fresh = update(Lead).where(Lead.import_id == import_id, Lead.state == "ready")
    session.execute(
        fresh.where(Lead.phone_id.in_(off_limits)).values(
            state="suppressed", reason="on the suppression list"
        )
    )
    session.execute(fresh.where(Lead.next_attempt_at.is_(None)).values(next_attempt_at=now))
    session.execute(_PLACES, {"campaign": taken.campaign_id, "import_id": import_id})
    taken.rows_imported = (
        session.scalar(select(func.count()).select_from(Lead).where(Lead.import_id == import_id))
        or 0
    )
    taken.state, taken.finished_at = "ready", now


def report(session: Session, import_id: int) -> ImportReport:
    """What became of the file so far; neither waits for a running step nor holds it up."""
    taken = session.get(Import, import_id)
    if taken is None:
        raise NotFound(f"there is no import {import_id}")
    faults = session.scalars(
        select(RowFault).where(RowFault.import_id == import_id).order_by(RowFault.line)
    )
    return ImportReport(
        import_id,
        taken.state,
        taken.rows_total,
        taken.rows_imported,
        taken.rows_rejected,
        [lead_csv.Fault(one.line, one.column, one.reason) for one in faults],
        taken.error,
    )


def _import(session: Session, import_id: int) -> Import:
    taken = session.scalar(select(Import).where(Import.id == import_id).with_for_update())
    if taken is None:
        raise NotFound(f"there is no import {import_id}")
    return taken


def _staged(session: Session, import_id: int) -> Iterator[list[lead_csv.Row]]:
    """The staged rows in file order, a batch at a time."""
    last = 0
    while True:
        rows = session.execute(
            select(ImportRow.line, ImportRow.fields)
            .where(ImportRow.import_id == import_id, ImportRow.line > last)
            .order_by(ImportRow.line)
            .limit(BATCH_ROWS)
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [lead_csv.Row(line, fields) for line, fields in rows]


def _insert(session: Session, taken: Import, rows: list[Normalised], now: datetime) -> None:
    """Phones and leads of one batch; a lead that the campaign has already is a row fault."""
    if not rows:
        return
    ids = localities.ensure(session, {row.locality for row in rows})
    records = json.dumps([row.record() | {"locality": ids[row.locality]} for row in rows])
    session.execute(_PHONES, {"records": records, "now": now})
    inserted = set(
        session.scalars(
            _LEADS,
            {"records": records, "campaign": taken.campaign_id, "import_id": taken.id},
        )
    )
    doubled = [row for row in rows if row.line not in inserted]
    taken.rows_rejected += len(doubled)
    session.add_all(
        RowFault(
            import_id=taken.id,
            line=row.line,
            column="phone",
            reason=f"{row.e164} is in this campaign already",
        )
        for row in doubled
    )


_PHONES = text("""
insert into phones (e164, country, created_at)
select distinct r.e164, r.country, cast(:now as timestamptz)
from jsonb_to_recordset(cast(:records as jsonb)) as r (e164 text, country text)
on conflict (e164) do nothing
""")

_LEADS = text("""
insert into leads (campaign_id, phone_id, locality_id, import_id, line, state,
  attempts_made, reason, callback, priority, timezone_source,
  external_id, first_name, last_name, email, address, city, region, postal_code, timezone,
  intent, extra)
select :campaign, p.id, r.locality, :import_id, r.line, 'ready', 0, '', false, 0, '',
  r.external_id, r.first_name, r.last_name, r.email, r.address, r.city, r.region,
  r.postal_code, r.timezone, r.intent, r.extra
from jsonb_to_recordset(cast(:records as jsonb)) as r (line integer, e164 text, locality bigint,
  external_id text, first_name text, last_name text, email text, address text, city text,
  region text, postal_code text, timezone text, intent text, extra jsonb)
join phones p on p.e164 = r.e164
order by r.line
on conflict (phone_id, campaign_id) do nothing
returning line
""")

_PLACES = text("""
insert into campaign_localities (campaign_id, locality_id)
select distinct campaign_id, locality_id from leads
where import_id = :import_id and campaign_id = :campaign
on conflict do nothing
""")


def _fault(import_id: int, fault: lead_csv.Fault) -> RowFault:
    return RowFault(import_id=import_id, line=fault.line, column=fault.column, reason=fault.reason)


def _copy_line(buffer: io.StringIO, import_id: int, line: int, fields: str) -> None:
    """One line of COPY text format, with its escapes."""
    escaped = fields.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    buffer.write(f"{import_id}\t{line}\t{escaped}\n")


def _copy(session: Session, buffer: io.StringIO) -> None:
    """COPY the buffered rows into the staging table, in the session's own transaction."""
    buffer.seek(0)
    driver = session.connection().connection.driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    with driver.cursor() as cursor:
        cursor.copy_expert("copy import_rows (import_id, line, fields) from stdin", buffer)
