"""Forgetting a person (GDPR art. 17, CCPA 1798.105) whose number still must never be called.

What goes: the number everywhere, names and addresses, what was said, recordings, the carrier's
fields about the callee, what was to be sent. What stays, without the number, because the
telemarketing sales rule wants it for five years (16 CFR 310.5): that a call was made, when, how
long, with which disposition and why it was allowed; the wording, time and purpose of a consent.
A keyed hash of the number stays so that the wish itself can be honoured.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import erased_records
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.errors import Conflict, InputError, SettingsError
from dialer.models import Attempt, Erasure, Import, Lead, Phone, Suppression
from dialer.phone import E164
from dialer.rules.call_state import ACTIVE

_ACTIVE = {state.value for state in ACTIVE}
MARK = "erased:"
"""What the number of an erased person's phone begins with."""


class Key:
    """The secret that keys the hashes. There are few telephone numbers: without a key, whoever
    has the hashes has the numbers."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise SettingsError("ERASURE_KEY is empty", "Restore it, or remove the kept file")
        self._secret = secret.encode()

    def hash(self, e164: str) -> str:
        """HMAC-SHA256 of the number, 64 hexadecimal digits."""
        return hmac.new(self._secret, e164.encode(), hashlib.sha256).hexdigest()

    @property
    def key_id(self) -> str:
        """The key's fingerprint, by which a change is noticed."""
        return self.hash("which key is this?")[:16]


@dataclass(frozen=True, slots=True)
class Erased:
    """How many leads were emptied, their attempts, and the recordings to delete after commit."""

    leads: int
    attempts: tuple[UUID, ...]
    files: list[Path]


def check(session: Session, key: Key) -> None:
    """See that the key is the one of all erasures so far. Raises `SettingsError`.

    With another key erased people would be called again, so nothing goes on without the check.
    """
    other = session.scalar(select(Erasure.key_id).where(Erasure.key_id != key.key_id).limit(1))
    if other is not None:
        raise SettingsError(
            f"ERASURE_KEY is not the key of the erased numbers (key {other})",
            "Restore that key, or the file erasure-key of DATA_DIR, from a backup",
        )


def erased(session: Session, key: Key, numbers: Collection[str]) -> set[str]:
    """Which of the numbers belong to people who were erased. Raises `SettingsError` for a key
    that cannot tell."""
    check(session, key)
    hashes = {key.hash(number): number for number in numbers}
    found = session.scalars(select(Erasure.hash).where(Erasure.hash.in_(hashes)))
    return {hashes[one] for one in found}


def refuse(session: Session, key: Key, number: str) -> None:
    """Raises `Conflict` when the number's person was erased: no record of it is made again."""
    if erased(session, key, [number]):
        raise Conflict(
            "the person with this number asked to be erased", "Nothing may be kept or called"
        )


def erase(session: Session, key: Key, number: E164, reason: str, now: datetime) -> Erased:
    """Forget the person behind a number, in the caller's transaction; twice does no harm.

    The caller deletes the files after commit (`erased_records.delete_files`). A do-not-call file
    that is imported later may hold the number again, as the registry's entry. Raises `Conflict`
    while a call to the number is under way or waits to be recorded and while a file of leads is
    being read, `InputError` without a reason, `SettingsError` for a foreign key.
    """
    if not reason.strip():
        raise InputError("the erasure has no reason", "Say how the person asked, with --reason")
    check(session, key)
    _see_that_nothing_comes_in(session)
    phone, leads = _locked(session, number)
    attempts = _attempts(session, phone, leads) if phone else []
    session.execute(
        insert(Erasure)
        .values(hash=key.hash(number), key_id=key.key_id, reason=reason, erased_at=now)
        .on_conflict_do_nothing()
    )
    files = erased_records.files(attempts)
    erased_records.clear(session, number, phone, leads, attempts, now)
    session.execute(delete(Suppression).where(Suppression.e164 == number))
    if phone:
        session.execute(
            update(Phone).where(Phone.id == phone).values(e164=_mark(session, key, number, phone))
        )
    return Erased(len(leads), tuple(one.id for one in attempts), files)


def carry_out(
    factory: Sessions, clock: Clock, key: Key, data_dir: Path, number: E164, reason: str
) -> tuple[Erased, list[Path]]:
    """Erase in a transaction, then delete the files; returns the named ones that are not here.

    Raises what `erase` does.
    """
    with transaction(factory) as session:
        done = erase(session, key, number, reason, clock.of(session))
    return done, erased_records.delete_files(data_dir, done.files, done.attempts)


def _see_that_nothing_comes_in(session: Session) -> None:
    """Raises `Conflict` while a file of leads is read: the person may stand in it. One that
    begins later meets the erasure when its rows become leads."""
    reading = select(Import).where(Import.state.not_in(("ready", "failed"))).limit(1)
    if found := session.scalar(reading):
        raise Conflict(
            f"import {found.id} ({found.filename}) is being read, and may hold the person",
            "Erase the person when it is ready; a worker reads it",
        )


def _locked(session: Session, number: str) -> tuple[int | None, list[int]]:
    """The phone's id and its leads' ids, all locked.

    Leads first, as the dial does; then the phone, from where on no attempt or lead can be added.
    """
    phone = session.scalar(select(Phone.id).where(Phone.e164 == number))
    if phone is None:
        return None, []
    leads = select(Lead.id).where(Lead.phone_id == phone).order_by(Lead.id).with_for_update()
    session.execute(leads)
    session.execute(select(Phone.id).where(Phone.id == phone).with_for_update())
    return phone, list(session.scalars(leads))


def _attempts(session: Session, phone_id: int, leads: list[int]) -> list[Attempt]:
    """The attempts of the phone. Raises `Conflict` while one is active or to be recorded, which
    would fill the records again."""
    attempts = list(session.scalars(select(Attempt).where(Attempt.phone_id == phone_id)))
    active = any(one.state in _ACTIVE for one in attempts)
    in_call = select(Lead.id).where(Lead.id.in_(leads), Lead.state == "in_call").limit(1)
    if active or session.scalar(in_call):
        raise Conflict(
            f"a call to {session.get_one(Phone, phone_id).e164} is under way",
            "Erase the person when it has ended and is recorded",
        )
    return attempts


def _mark(session: Session, key: Key, number: str, phone_id: int) -> str:
    """The text that stands for the number. A number erased before has a mark already, so that of
    its second phone row is made of the row's id too."""
    mark = MARK + key.hash(number)
    taken = session.scalar(select(Phone.id).where(Phone.e164 == mark))
    return mark if taken is None else MARK + key.hash(f"{number}/{phone_id}")
