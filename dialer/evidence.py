"""The evidence of a call: sealed once when it is recorded, shown as one file, chained to all."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from dialer.errors import Conflict, NotFound
from dialer.evidence_entries import (
    EVENT,
    LINE,
    Disclosed,
    Entry,
    events,
    gather,
    ledger_lines,
    plain,
)
from dialer.hash_chain import FORMAT, GENESIS, Json, canonical, chained, seal_hash
from dialer.models import Attempt, Consent, EvidenceSeal, Phone

LOOK_BACK = timedelta(days=7)


def seal(session: Session, attempt_id: UUID, now: datetime) -> EvidenceSeal:
    """Seal what is known of a recorded attempt, once; a second time returns the first seal.

    The end of the chain is locked until the transaction ends. Raises `NotFound`, and `Conflict`
    for an attempt whose outcome is not recorded yet.
    """
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound(f"there is no attempt {attempt_id}", "`dialer calls list` names them")
    if attempt.recorded_at is None:
        raise Conflict(f"attempt {attempt_id} is not recorded yet", "Ask again when it has ended")
    session.execute(_LOCK_TAIL)
    known = _of_attempt(session, attempt_id)
    if known is not None:
        return known
    kept = Disclosed()
    entries = chained(gather(session, attempt, now, kept), sealed=True)
    made = _link(session, attempt_id, entries[-1]["sha256"])
    made.sealed_at = now
    made.entries = canonical(entries).decode()
    made.disclosed = canonical(kept.values).decode()
    session.add(made)
    session.flush()
    return made


def bundle(session: Session, attempt_id: UUID) -> Json:
    """All evidence of a sealed attempt as one JSON value, verifiable without the database.

    What came after the seal (a late price, a late event, a revocation) follows as entries that
    are marked as not sealed. Raises `Conflict` while the attempt is not sealed.
    """
    sealed = _of_attempt(session, attempt_id)
    if sealed is None:
        raise Conflict(f"attempt {attempt_id} is not sealed yet", "Ask again in a minute")
    entries = json.loads(sealed.entries)
    later = chained(_later(session, attempt_id, entries), sealed=False, after=entries)
    return {
        "format": FORMAT,
        "attempt_id": str(attempt_id),
        "entries": [*entries, *later],
        "disclosed": json.loads(sealed.disclosed),
        "seal": seal_view(sealed),
    }


def unsealed(session: Session, now: datetime, limit: int = 100) -> list[UUID]:
    """Attempts recorded in the last week that wait for their seal, the oldest first."""
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.recorded_at > now - LOOK_BACK)
            .where(~exists().where(EvidenceSeal.attempt_id == Attempt.id))
            .order_by(Attempt.recorded_at)
            .limit(limit)
        )
    )


def chain(session: Session) -> Iterator[Json]:
    """All seals, the oldest first, to be kept where nobody who can write here can write."""
    for one in session.scalars(
        select(EvidenceSeal).order_by(EvidenceSeal.serial).execution_options(yield_per=1000)
    ):
        yield seal_view(one)


def seal_view(one: EvidenceSeal) -> Json:
    """A seal as it stands in bundles and chain files."""
    return {
        "serial": one.serial,
        "attempt_id": str(one.attempt_id),
        "bundle_sha256": one.bundle_sha256,
        "previous_hash": one.previous_hash,
        "hash": one.hash,
        "sealed_at": plain(one.sealed_at),
    }


def _of_attempt(session: Session, attempt_id: UUID) -> EvidenceSeal | None:
    return session.scalar(select(EvidenceSeal).where(EvidenceSeal.attempt_id == attempt_id))


def _link(session: Session, attempt_id: UUID, bundle_sha256: str) -> EvidenceSeal:
    """The next link of the chain; its end is locked."""
    tail = session.execute(
        select(EvidenceSeal.serial, EvidenceSeal.hash).order_by(EvidenceSeal.serial.desc()).limit(1)
    ).first()
    serial, previous = (tail[0] + 1, tail[1]) if tail else (1, GENESIS)
    return EvidenceSeal(
        serial=serial,
        attempt_id=attempt_id,
        bundle_sha256=bundle_sha256,
        previous_hash=previous,
        hash=seal_hash(previous, bundle_sha256, str(attempt_id), serial),
    )


def _later(session: Session, attempt_id: UUID, sealed: list[Json]) -> Iterator[Entry]:
    """What is known today and was not when the seal was set."""
    attempt = session.get_one(Attempt, attempt_id)
    old = {one["kind"]: one["content"] for one in sealed}
    kept = Disclosed()
    lines = _new(old["ledger"], [kept.row(one, LINE) for one in ledger_lines(session, attempt)])
    if lines:
        yield "ledger_later", lines
    if attempt.price_micros is not None:
        yield "carrier_price", {"price_micros": attempt.price_micros}
    told = [kept.row(one, EVENT) for one in events(session, attempt)]
    if fresh := _new(old["carrier_events"], told):
        yield "carrier_events_later", fresh
    if attempt.consent_id is not None:
        revoked_at = plain(session.get_one(Consent, attempt.consent_id).revoked_at)
        if revoked_at != old["consent"]["revoked_at"]:
            yield "consent_later", {"id": attempt.consent_id, "revoked_at": revoked_at}
    if session.get_one(Phone, attempt.phone_id).e164.startswith("erased:"):
        yield "erased", {"the person asked to be forgotten": True}


def _new(sealed: list[Any], now: list[Json]) -> list[Json]:
    known = {one["id"] for one in sealed}
    return [one for one in now if one["id"] not in known]


_LOCK_TAIL = text("select pg_advisory_xact_lock(hashtext('evidence_seals'))")
