"""Numbers that must not be called: looked up before each dial, added in mid-call, lifted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import phone_input, suppressed_leads
from dialer.errors import Conflict, InputError, NotFound
from dialer.models import Suppression
from dialer.phone import E164, PhoneInvalid, parse
from dialer.rules.number_pattern import PatternInvalid, is_pattern, pattern

SPOKEN = "call"
"""The source of an opt-out that was spoken in a call."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list of numbers: faults name line and reason, nothing else is lost."""

    added: int
    known: int
    faults: list[tuple[int, str]]


def against(
    session: Session, numbers: Mapping[int, str], campaign_id: int, now: datetime
) -> dict[int, str]:
    """Which of the numbers (phone id -> E.164) are off limits for this campaign, and why.

    One query for all of them, by index for numbers and over the few patterns. The reason names
    its source; an entry made by hand or in a call comes before one of a list. A phone of an
    erased person has no number any more and is always off limits.
    """
    if not numbers:
        return {}
    asked = {"ids": list(numbers), "numbers": list(numbers.values())}
    rows = session.execute(_AGAINST, asked | {"campaign": campaign_id, "now": now})
    found = {phone_id: f"{reason} ({source})" for phone_id, reason, source in rows}
    gone = [phone_id for phone_id, number in numbers.items() if not number.startswith("+")]
    return found | dict.fromkeys(gone, suppressed_leads.ERASED)


def suppressed(session: Session, number: str, campaign_id: int, now: datetime) -> str | None:
    """Why the number is off limits for this campaign at `now`; None when it is not."""
    return against(session, {0: number}, campaign_id, now).get(0)


def add(
    session: Session,
    number: E164,
    reason: str,
    source: str,
    now: datetime,
    *,
    evidence: str = "",
    campaign_id: int | None = None,
    attempt_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Suppress a number and stop all that waits for it; False when it was suppressed before.

    Leads of the number that are not in a call leave the queue in the same transaction. One that
    is reserved for a dial is stopped by the check at the moment of placing. Raises `InputError`
    for an expiry that is over.
    """
    entry = Suppression(
        e164=number,
        campaign_id=campaign_id,
        reason=reason,
        source=source,
        evidence=evidence,
        attempt_id=attempt_id,
        created_at=now,
        expires_at=expires_at,
    )
    return _add(session, entry)


def add_pattern(
    session: Session,
    wanted: str,
    reason: str,
    source: str,
    now: datetime,
    *,
    evidence: str = "",
    campaign_id: int | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Suppress all numbers of a pattern (`+1900*`, `+1305555????`), as `add` does for one.

    Raises `InputError` for a text that is no pattern, and for an expiry that is over.
    """
    entry = Suppression(
        pattern=_pattern(wanted),
        campaign_id=campaign_id,
        reason=reason,
        source=source,
        evidence=evidence,
        created_at=now,
        expires_at=expires_at,
    )
    return _add(session, entry)


def add_written(
    session: Session,
    written: str,
    reason: str,
    source: str,
    now: datetime,
    *,
    evidence: str = "",
    campaign_id: int | None = None,
    until: date | None = None,
) -> tuple[str, bool]:
    """Suppress what a person typed, a number or a pattern, through the day `until` (UTC).

    Returns it in its one form, and whether it is new. Raises `InputError` as `add` does.
    """
    expires_at = until and datetime.combine(until + timedelta(days=1), time(0), UTC)
    entry = Suppression(
        campaign_id=campaign_id,
        reason=reason,
        source=source,
        evidence=evidence,
        created_at=now,
        expires_at=expires_at,
    )
    if is_pattern(written):
        entry.pattern = _pattern(written)
        return entry.pattern, _add(session, entry)
    entry.e164 = phone_input.number(written)
    return entry.e164, _add(session, entry)


def lift(
    session: Session, suppression_id: int, reason: str, now: datetime, *, evidence: str = ""
) -> int:
    """End an entry that was made by mistake; returns how many leads are ready again.

    The entry stays with its end and the reason. Leads that it had put aside become ready, unless
    another entry forbids them. An entry that has expired lets its leads go the same way. Raises
    `NotFound`; `Conflict` for an entry of a list; `InputError` for an opt-out spoken in a call
    without evidence that the person takes it back (47 CFR 64.1200(d)(6) binds it for 5 years).
    """
    entry = session.get(Suppression, suppression_id, with_for_update=True)
    if entry is None:
        raise NotFound(f"there is no suppression {suppression_id}")
    if entry.list_id is not None:
        raise Conflict("the entry belongs to a do-not-call list", "Import a newer file of the list")
    if entry.source == SPOKEN and not evidence.strip():
        raise InputError(
            "the person asked in a call not to be called", "Say with --evidence how they undid it"
        )
    if entry.expires_at is None or entry.expires_at > now:
        entry.expires_at = now
    note = f"lifted {now:%Y-%m-%d %H:%M} UTC: {reason}" + (f" [{evidence}]" if evidence else "")
    entry.evidence = "; ".join(part for part in (entry.evidence, note) if part)
    session.flush()
    return suppressed_leads.free(session, entry, now)


def take_list(
    session: Session, lines: Iterable[str], reason: str, source: str, now: datetime
) -> Taken:
    """Suppress a list everywhere: one number or pattern a line, or the first column of a CSV.

    Blank lines and a header are skipped; a line that holds neither is a fault.
    """
    added = known = 0
    faults: list[tuple[int, str]] = []
    for position, line in enumerate(lines, start=1):
        words = line.split(",")[0].strip().strip('"')
        if not words or (position == 1 and not any(sign.isdigit() for sign in words)):
            continue
        try:
            if is_pattern(words):
                fresh = add_pattern(session, pattern(words), reason, source, now)
            else:
                fresh = add(session, parse(words), reason, source, now)
        except (PhoneInvalid, PatternInvalid) as fault:
            faults.append((position, str(fault)))
            continue
        added, known = added + fresh, known + (not fresh)
    return Taken(added, known, faults)


def every(session: Session, limit: int = 100) -> list[Suppression]:
    """Entries made one by one (those of lists are counted with their list), newest first."""
    return list(
        session.scalars(
            select(Suppression)
            .where(Suppression.list_id.is_(None))
            .order_by(Suppression.id.desc())
            .limit(limit)
        )
    )


def _pattern(written: str) -> str:
    try:
        return pattern(written)
    except PatternInvalid as fault:
        raise InputError(f"pattern {fault}", "Write it like +1900* or +1305555????") from None


def _add(session: Session, entry: Suppression) -> bool:
    if entry.expires_at is not None and entry.expires_at <= entry.created_at:
        raise InputError("the suppression would have expired already", "Give a later date")
    added = None if _known(session, entry) else _insert(session, entry)
    suppressed_leads.stop(session, entry, entry.created_at)
    return added is not None


def _known(session: Session, entry: Suppression) -> bool:
    """Whether an entry for the same number and scope holds as long as this one would."""
    told = {
        "number": entry.e164,
        "pattern": entry.pattern,
        "campaign": entry.campaign_id,
        "until": entry.expires_at,
        "now": entry.created_at,
    }
    return session.scalar(_KNOWN, told) is not None


def _insert(session: Session, entry: Suppression) -> int | None:
    """The new entry's id; None when another transaction was first."""
    columns = [column.key for column in Suppression.__table__.columns if column.key != "id"]
    row = {column: getattr(entry, column) for column in columns}
    return session.scalar(
        insert(Suppression).values(row).on_conflict_do_nothing().returning(Suppression.id)
    )


_IN_FORCE = "(s.expires_at is null or s.expires_at > :now)"

_AGAINST = text(f"""
with asked as (
  select * from unnest(cast(:ids as bigint[]), cast(:numbers as text[])) as n (id, e164)
), found as (
  select n.id, s.id as entry, s.list_id, s.reason, s.source
  from asked n join suppressions s on s.e164 = n.e164
  where (s.campaign_id is null or s.campaign_id = :campaign) and {_IN_FORCE}
  union all
  select n.id, s.id, s.list_id, s.reason, s.source
  from asked n join suppressions s on s.pattern is not null
    and n.e164 like translate(s.pattern, '*?', '%_')
  where (s.campaign_id is null or s.campaign_id = :campaign) and {_IN_FORCE}
)
select distinct on (id) id, reason, source from found order by id, list_id nulls first, entry
""")

_KNOWN = text(f"""
select s.id from suppressions s
where (s.e164 = :number or s.pattern = :pattern) and s.list_id is null and {_IN_FORCE}
  and coalesce(s.campaign_id, 0) = coalesce(cast(:campaign as bigint), 0)
  and coalesce(s.expires_at, 'infinity') >= coalesce(cast(:until as timestamptz), 'infinity')
limit 1
""")
