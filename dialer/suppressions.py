"""Numbers that must not be called: looked up before each dial, added in mid-call, lifted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

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
    its source; an entry made by hand or in a call comes before one of a list.
    """
    if not numbers:
        return {}
    asked = {"ids": list(numbers), "numbers": list(numbers.values())}
    rows = session.execute(_AGAINST, asked | {"campaign": campaign_id, "now": now})
    return {phone_id: f"{reason} ({source})" for phone_id, reason, source in rows}


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
    told = {"reason": reason, "source": source, "evidence": evidence, "attempt_id": attempt_id}
    return _add(session, told | {"e164": number}, campaign_id, expires_at, now)


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
    try:
        form = pattern(wanted)
    except PatternInvalid as fault:
        raise InputError(f"pattern {fault}", "Write it like +1900* or +1305555????") from None
    told = {"reason": reason, "source": source, "evidence": evidence}
    return _add(session, told | {"pattern": form}, campaign_id, expires_at, now)


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
    found = {"id": entry.id, "number": entry.e164, "pattern": entry.pattern}
    freed = session.execute(_LIFT, found | {"campaign": entry.campaign_id, "now": now})
    return sum(state == "ready" for (state,) in freed)


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


def put_aside(session: Session, import_id: int, now: datetime) -> int:
    """Put the leads of an import aside that an entry in force forbids; returns how many."""
    rows = session.execute(_PUT_ASIDE, {"import_id": import_id, "now": now})
    return len(rows.all())


def _add(
    session: Session,
    told: dict[str, Any],
    campaign_id: int | None,
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    if expires_at is not None and expires_at <= now:
        raise InputError("the suppression would have expired already", "Give a later date")
    target = {"number": told.get("e164"), "pattern": told.get("pattern"), "campaign": campaign_id}
    known = session.scalar(_KNOWN, target | {"until": expires_at, "now": now})
    added = None if known else _insert(session, told, campaign_id, expires_at, now)
    session.execute(_STOP, target | {"now": now})
    return added is not None


def _insert(
    session: Session,
    told: dict[str, Any],
    campaign_id: int | None,
    expires_at: datetime | None,
    now: datetime,
) -> int | None:
    """The new entry's id; None when another transaction was first."""
    row = told | {"campaign_id": campaign_id, "expires_at": expires_at, "created_at": now}
    return session.scalar(
        insert(Suppression).values(row).on_conflict_do_nothing().returning(Suppression.id)
    )


_IN_FORCE = "(s.expires_at is null or s.expires_at > :now)"
_LIKE = "like translate(s.pattern, '*?', '%_')"

_AGAINST = text(f"""
with asked as (
  select * from unnest(cast(:ids as bigint[]), cast(:numbers as text[])) as n (id, e164)
), found as (
  select n.id, s.id as entry, s.list_id, s.reason, s.source
  from asked n join suppressions s on s.e164 = n.e164
  where (s.campaign_id is null or s.campaign_id = :campaign) and {_IN_FORCE}
  union all
  select n.id, s.id, s.list_id, s.reason, s.source
  from asked n join suppressions s on s.pattern is not null and n.e164 {_LIKE}
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

_NAME = "s.reason || case when s.list_id is null then ' (suppression ' || s.id || ')'" + (
    " else ' (list ' || s.list_id || ')' end"
)
_SCOPE = f"(s.campaign_id is null or s.campaign_id = l.campaign_id) and {_IN_FORCE}"

# What forbids the lead l with the phone p, named so that lifting the entry finds its leads again.
FORBIDDEN = f"""coalesce(
  (select {_NAME} from suppressions s where s.e164 = p.e164 and {_SCOPE}
   order by s.list_id nulls first, s.id limit 1),
  (select {_NAME} from suppressions s where s.pattern is not null and p.e164 {_LIKE} and {_SCOPE}
   order by s.list_id nulls first, s.id limit 1))"""

_MEANT = """(p.e164 = :number or p.e164 like translate(:pattern, '*?', '%_'))
  and (cast(:campaign as bigint) is null or l.campaign_id = :campaign)"""

_STOP = text(f"""
update leads set state = 'suppressed', next_attempt_at = null, reason = f.name
from (select l.id, {FORBIDDEN} as name from leads l join phones p on p.id = l.phone_id
      where {_MEANT} and l.state in ('ready', 'waiting') for update of l) f
where leads.id = f.id
""")

_PUT_ASIDE = text(f"""
update leads set state = 'suppressed', next_attempt_at = null, reason = f.name
from (select l.id, {FORBIDDEN} as name from leads l join phones p on p.id = l.phone_id
      where l.import_id = :import_id and l.state in ('ready', 'waiting')) f
where leads.id = f.id and f.name is not null
returning leads.id
""")

# Leads that bear another entry's name are that entry's; those without a name were put aside
# after a call or at import, by whatever entry covered them.
_LIFT = text(f"""
update leads set reason = coalesce(f.name, ''),
  state = case when f.name is null then 'ready' else 'suppressed' end,
  next_attempt_at = case when f.name is null then cast(:now as timestamptz) end
from (select l.id, {FORBIDDEN} as name from leads l join phones p on p.id = l.phone_id
      where {_MEANT} and l.state = 'suppressed' and l.reason <> 'erased'
        and (l.reason like '%(suppression ' || :id || ')'
             or l.reason !~ '[(](suppression|list) [0-9]+[)]$') for update of l) f
where leads.id = f.id
returning leads.state
""")
