"""What people agreed to: recorded, revoked, looked up before each automated call."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from dialer import consent_csv, erasures, lead_consent
from dialer.consent_csv import Given
from dialer.erasures import Key
from dialer.errors import InputError
from dialer.lead_csv import Fault
from dialer.models import Consent, Phone
from dialer.phone import E164, country

NONE_ON_RECORD = "none on record"
ERASED = "belongs to a person who asked to be erased"
CHUNK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a CSV: new consents, known ones, and the refused rows."""

    added: int
    known: int
    faults: list[Fault]


def in_force(session: Session, phone_ids: Collection[int]) -> dict[int, Consent]:
    """The consent that each phone's person gave and did not revoke; phones without are left out.

    A written one comes before an express one, then the newest. One captured before a revocation
    never binds, even when it was recorded after it (an old file imported again).
    """
    if not phone_ids:
        return {}
    found = session.scalars(select(Consent).from_statement(_IN_FORCE), {"phones": list(phone_ids)})
    return {consent.phone_id: consent for consent in found}


def record(
    session: Session,
    number: E164,
    *,
    wording: str,
    channel: str,
    form: str,
    captured_at: datetime,
    purpose: str,
    source: str,
    evidence: str = "",
    import_id: int | None = None,
    now: datetime,
) -> Consent:
    """Keep a consent and let go of the leads that were held for want of one.

    The same consent again (number, purpose, channel, time) is the one on record. Raises
    `InputError` for an empty wording or channel, an unknown form, and a time in the future.
    """
    told = {"wording": wording, "channel": channel, "form": form, "purpose": purpose}
    consent = lead_consent.for_file(**told, date=captured_at.isoformat(), now=now)
    if consent is None:  # a date is told, so it is complete or refused
        raise InputError("the consent is empty", "Give its wording, its channel and its date")
    record_many(session, [Given(number, consent, evidence)], source, now, import_id=import_id)
    same = (Consent.purpose == consent.purpose, Consent.channel == consent.channel)
    return session.scalars(
        select(Consent)
        .join(Phone, Phone.id == Consent.phone_id)
        .where(Phone.e164 == number, Consent.captured_at == consent.captured_at, *same)
    ).one()


def record_many(
    session: Session,
    given: Sequence[Given],
    source: str,
    now: datetime,
    *,
    import_id: int | None = None,
) -> int:
    """Keep complete consents, as `record` does for one; set-wise.

    Returns how many were not on record.
    """
    if not given:
        return 0
    countries = [{"e164": one.number, "country": country(one.number)} for one in given]
    session.execute(_PHONES, {"numbers": json.dumps(countries), "now": now})
    rows = (
        {"number": one.number, "evidence": one.evidence} | one.consent.record() for one in given
    )
    told = {"records": json.dumps(list(rows)), "source": source, "import_id": import_id, "now": now}
    recorded = session.execute(_RECORD, told).all()
    session.execute(_RELEASE, {"numbers": [one.number for one in given], "now": now})
    return len(recorded)


def take(
    session: Session,
    key: Key,
    lines: Iterable[str],
    defaults: Mapping[str, str],
    source: str,
    now: datetime,
) -> Taken:
    """Record a CSV of consents; a row with a fault is refused by line and column, the rest kept.

    `defaults` stand in for columns that the file lacks (`consent_csv.COLUMNS`). Nothing is kept
    of people who were erased. Raises `InputError` for a file without header or phone column.
    """
    added = known = 0
    faults: list[Fault] = []
    rows = consent_csv.read(lines, defaults, now)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        faults += [row for row in chunk if isinstance(row, Fault)]
        good = [row for row in chunk if not isinstance(row, Fault)]
        gone = erasures.erased(session, key, {given.number for _, given in good})
        faults += [Fault(line, "phone", ERASED) for line, given in good if given.number in gone]
        kept = [given for _, given in good if given.number not in gone]
        fresh = record_many(session, kept, source, now)
        added, known = added + fresh, known + len(kept) - fresh
    return Taken(added, known, sorted(faults, key=lambda fault: fault.line))


def revoke(session: Session, number: E164, words: str, now: datetime) -> int:
    """The person takes back their consent, by whatever means; returns how many it ended.

    Any reasonable means binds (47 CFR 64.1200(a)(10)), at once: automated campaigns hold the
    number's leads. Without a consent on record the revocation is kept as a row of its own, so
    that an older consent which arrives later does not bind either.
    """
    phone_id = _phone_id(session, number, now)
    revoked = session.scalars(
        select(Consent)
        .where(Consent.phone_id == phone_id, Consent.revoked_at.is_(None))
        .with_for_update()
    ).all()
    for consent in revoked:
        consent.revoked_at, consent.revocation = now, words
    if not revoked:
        session.execute(_bare_revocation(phone_id, words, now))
    session.flush()
    session.execute(_HOLD, {"phone": phone_id})
    return len(revoked)


def of_number(session: Session, number: E164) -> list[Consent]:
    """All that the number's person agreed to and took back, newest first."""
    return list(
        session.scalars(
            select(Consent)
            .join(Phone, Phone.id == Consent.phone_id)
            .where(Phone.e164 == number)
            .order_by(Consent.captured_at.desc(), Consent.id.desc())
        )
    )


def _phone_id(session: Session, number: E164, now: datetime) -> int:
    """The number's row, made when it is new."""
    told = json.dumps([{"e164": number, "country": country(number)}])
    session.execute(_PHONES, {"numbers": told, "now": now})
    return session.scalars(select(Phone.id).where(Phone.e164 == number)).one()


def _bare_revocation(phone_id: int, words: str, now: datetime) -> Insert:
    """A row that was never in force; said twice at one moment it is one."""
    row: dict[str, Any] = {
        "phone_id": phone_id,
        "purpose": "",
        "wording": NONE_ON_RECORD,
        "channel": "revocation",
        "form": "express",
        "captured_at": now,
        "source": "revocation",
        "evidence": "",
        "created_at": now,
        "revoked_at": now,
        "revocation": words,
    }
    return insert(Consent).values(row).on_conflict_do_nothing()


_IN_FORCE = text("""
select distinct on (c.phone_id) c.* from consents c
where c.phone_id = any(cast(:phones as bigint[])) and c.revoked_at is null
  and not exists (select from consents r
                  where r.phone_id = c.phone_id and r.revoked_at >= c.captured_at)
order by c.phone_id, c.form = 'written' desc, c.captured_at desc, c.id desc
""")

_PHONES = text("""
insert into phones (e164, country, created_at)
select distinct on (r.e164) r.e164, r.country, cast(:now as timestamptz)
from jsonb_to_recordset(cast(:numbers as jsonb)) as r (e164 text, country text)
on conflict (e164) do nothing
""")

_RECORD = text("""
insert into consents (phone_id, purpose, wording, channel, form, captured_at, source, evidence,
  import_id, created_at, revocation)
select p.id, r.purpose, r.wording, r.channel, r.form, r.captured_at, :source, r.evidence,
  cast(:import_id as bigint), cast(:now as timestamptz), ''
from jsonb_to_recordset(cast(:records as jsonb)) as r (number text, wording text, channel text,
  form text, captured_at timestamptz, purpose text, evidence text)
join phones p on p.e164 = r.number
order by p.id
on conflict (phone_id, purpose, channel, captured_at) do nothing
returning id
""")

_RELEASE = text("""
update leads l set state = 'ready', next_attempt_at = :now, reason = ''
from phones p
where p.id = l.phone_id and p.e164 = any(cast(:numbers as text[]))
  and l.state = 'waiting' and l.next_attempt_at is null and l.reason like 'consent%'
  and exists (
    select from consents c where c.phone_id = p.id and c.revoked_at is null
      and not exists (select from consents r
                      where r.phone_id = c.phone_id and r.revoked_at >= c.captured_at))
""")

_HOLD = text("""
update leads l set state = 'waiting', next_attempt_at = null, reason = 'consent_revoked'
from campaigns c
where c.id = l.campaign_id and c.call_class = 'automated' and l.phone_id = :phone
  and l.state in ('ready', 'waiting')
""")
