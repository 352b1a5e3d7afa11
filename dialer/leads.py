"""Leads: a CSV file is taken in, staged, normalised and made ready, each step repeatable."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from dialer import lead_csv, lead_files, lead_intake, lead_staging
from dialer.erasures import Key
from dialer.errors import NotFound
from dialer.lead_consent import BulkConsent
from dialer.lead_staging import Note
from dialer.models import Import, ImportChunk, RowFault


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file: counts, and every refused row with line, column and reason.

    `notes` are texts that gave nothing although their rows were taken (a state nobody knows).
    """

    import_id: int
    state: str
    rows_total: int
    rows_imported: int
    rows_rejected: int
    faults: list[lead_csv.Fault]
    error: str = ""
    notes: list[Note] = field(default_factory=list)


def upload(
    session: Session,
    campaign_id: int,
    filename: str,
    stream: BinaryIO,
    now: datetime,
    *,
    consent: BulkConsent | None = None,
) -> Import:
    """Take a file in after checking what can be known at once: text, header, phone column.

    `consent` holds for all rows that tell of none themselves. The same file for the same campaign
    is recognised and returned as it stands. Raises `InputError` for an empty file, a wrong
    encoding or a missing phone column; nothing is kept.
    """
    chunks = lead_files.inspected(filename, stream)
    digest = _digest(chunks, consent)
    known = session.scalar(
        select(Import).where(Import.campaign_id == campaign_id, Import.sha256 == digest)
    )
    if known:
        return known
    taken = Import(campaign_id=campaign_id, filename=filename, sha256=digest, created_at=now)
    taken.consent = consent.record() if consent else None
    session.add(taken)
    session.flush()
    lead_staging.keep(session, taken.id, chunks)
    return taken


def stage(session: Session, import_id: int) -> None:
    """Read the file into normalised rows and row faults; a repetition does nothing."""
    taken = _import(session, import_id)
    if taken.state == "uploaded":
        _stage(session, taken)


def normalise(session: Session, import_id: int, now: datetime) -> None:
    """Refuse what stands in the file twice; a repetition does nothing.

    Nothing is dialed, nor a lead, before the whole file is in.
    """
    taken = _import(session, import_id)
    if taken.state == "staged":
        _normalise(session, taken)


def activate(session: Session, import_id: int, now: datetime, key: Key | None = None) -> None:
    """Make the rows leads, all at once, due at `now` unless something speaks against a call.

    Suppressed numbers, unknown places and, in automated campaigns, numbers without consent go
    aside with a decision each. `key` tells the numbers of erased people. Raises
    `SettingsError` when there are some and the key is missing or another one.
    """
    taken = _import(session, import_id)
    if taken.state != "normalised":
        return
    if not lead_intake.is_complete(session, taken):
        _stage(session, taken)
        _normalise(session, taken)
    taken.rows_rejected += lead_intake.refuse_erased(session, import_id, key)
    taken.rows_rejected += lead_intake.refuse_known(session, taken)
    taken.rows_imported = lead_intake.add(session, taken, now)
    session.execute(delete(ImportChunk).where(ImportChunk.import_id == import_id))
    taken.state, taken.error, taken.finished_at = "ready", "", now


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
        [Note(**note) for note in taken.notes],
    )


def _import(session: Session, import_id: int) -> Import:
    taken = session.scalar(select(Import).where(Import.id == import_id).with_for_update())
    if taken is None:
        raise NotFound(f"there is no import {import_id}")
    return taken


def _stage(session: Session, taken: Import) -> None:
    """Read the file from its beginning, whatever was staged of it before."""
    lead_intake.clear(session, taken.id)
    chunks = session.scalars(
        select(ImportChunk.content)
        .where(ImportChunk.import_id == taken.id)
        .order_by(ImportChunk.ordinal)
    )
    rows = lead_csv.read(lead_files.lines(list(chunks), taken.filename))
    staged = lead_staging.copy(session, taken.id, rows, taken.created_at)
    if staged.faults:
        faults = [{"import_id": taken.id, **asdict(fault)} for fault in staged.faults]
        session.execute(insert(RowFault), faults)
    taken.rows_total, taken.rows_rejected = staged.rows, len(staged.faults)
    taken.places, taken.notes = staged.places, [asdict(note) for note in staged.notes]
    taken.state = "staged"


def _normalise(session: Session, taken: Import) -> None:
    if not lead_intake.is_complete(session, taken):
        _stage(session, taken)
    taken.rows_rejected += lead_intake.refuse_doubled(session, taken.id)
    taken.state = "normalised"


def _digest(chunks: list[bytes], consent: BulkConsent | None) -> str:
    """What a file is recognised by: its bytes, and the consent that it was given with."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    if consent:
        digest.update(repr(sorted(consent.record().items())).encode())
    return digest.hexdigest()
