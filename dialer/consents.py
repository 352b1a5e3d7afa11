"""What people agreed to: recorded, revoked, looked up before each automated call."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from dialer.errors import InputError
from dialer.models import Consent, Phone
from dialer.phone import E164, country

FORMS = ("written", "express")
NONE_ON_RECORD = "none on record"


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

    The record holds what 16 CFR 310.5(a)(8) asks for: wording, time, purpose, how it was given.
    The same consent again (number, purpose, channel, time) is the one on record. Raises
    `InputError` for an empty wording or channel, an unknown form, and a time in the future.
    """
    _check(wording, channel, form, captured_at, now)
    phone_id = _phone_id(session, number, now)
    told = {"wording": wording.strip(), "channel": channel.strip(), "form": form}
    told |= {"purpose": purpose, "source": source, "evidence": evidence}
    row = {"phone_id": phone_id, "captured_at": captured_at, "import_id": import_id}
    session.execute(
        insert(Consent)
        .values(told | row | {"created_at": now, "revocation": ""})
        .on_conflict_do_nothing()
    )
    if in_force(session, [phone_id]):
        session.execute(_RELEASE, {"phone": phone_id, "now": now})
    return session.scalars(
        select(Consent).where(
            Consent.phone_id == phone_id,
            Consent.purpose == purpose,
            Consent.channel == channel.strip(),
            Consent.captured_at == captured_at,
        )
    ).one()


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


def _check(wording: str, channel: str, form: str, captured_at: datetime, now: datetime) -> None:
    """Refuse what proves nothing. Raises `InputError` naming the field."""
    if not wording.strip():
        raise InputError("wording is empty", "Give the words that the person agreed to")
    if not channel.strip():
        raise InputError("channel is empty", "Say how it was given, such as web form")
    if form not in FORMS:
        raise InputError(f"form {form!r} is unknown", f"Give one of {', '.join(FORMS)}")
    if captured_at.tzinfo is None:
        raise InputError("captured_at has no UTC offset", "Write it like 2026-11-20T14:00:00Z")
    if captured_at > now:
        raise InputError("captured_at is in the future", "Give the time at which it was given")


def _phone_id(session: Session, number: E164, now: datetime) -> int:
    """The number's row, made when it is new."""
    row: dict[str, Any] = {"e164": number, "country": country(number), "created_at": now}
    made = session.scalar(insert(Phone).values(row).on_conflict_do_nothing().returning(Phone.id))
    return made or session.scalars(select(Phone.id).where(Phone.e164 == number)).one()


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

_RELEASE = text("""
update leads set state = 'ready', next_attempt_at = :now, reason = ''
where phone_id = :phone and state = 'waiting' and next_attempt_at is null
  and reason in ('consent_missing', 'consent_revoked')
""")

_HOLD = text("""
update leads l set state = 'waiting', next_attempt_at = null, reason = 'consent_revoked'
from campaigns c
where c.id = l.campaign_id and c.call_class = 'automated' and l.phone_id = :phone
  and l.state in ('ready', 'waiting')
""")
