"""Do-not-call files: taken in whole, replaced by newer ones, and how old the scrub is."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import suppressed_leads
from dialer.errors import Conflict, InputError
from dialer.models import DncList
from dialer.phone import PhoneInvalid, parse

KINDS = {
    "national": "on the national do-not-call registry",
    "state": "on a state's do-not-call list",
    "internal": "on the company's own do-not-call list",
    "reassigned": "reassigned to another person",
    "other": "on a do-not-call list",
}
COPY_LINES = 50_000
SCRUB_DAYS = 31
"""How old a national file may be for a scrub: 16 CFR 310.4(b)(3)(iv)."""
FAULTS_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: its numbers, what changed, and the refused lines with the reason.

    Of `refused` lines the first thousand are in `faults`.
    """

    numbers: int
    added: int
    removed: int
    leads_stopped: int
    leads_freed: int
    refused: int
    faults: list[tuple[int, str]]


@dataclass(slots=True)
class Refused:
    """How many lines of a file held no number, and the first of them with the reason."""

    lines: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, why: str) -> None:
        """Count a line; a wrong file of millions does not fill the memory."""
        self.lines += 1
        if len(self.first) < FAULTS_SHOWN:
            self.first.append((line, why))

    @property
    def remedy(self) -> str:
        """What to do about a file of which nothing could be used."""
        if not self.first:
            return "It is empty; see that the download was complete"
        line, why = self.first[0]
        return f"Line {line}: {why}; give one number a line"


@dataclass(frozen=True, slots=True)
class Scrub:
    """As of which day the national registry was taken in, and how many days ago that is."""

    as_of: date | None
    age_days: int | None


def take(
    session: Session,
    name: str,
    kind: str,
    as_of: date,
    lines: Iterable[str],
    sha256: str,
    now: datetime,
) -> Taken:
    """Take a file in, in place of the older one of its name, in the caller's transaction.

    A line is a number, the first column of a CSV, or `areacode,7digits` as the FTC writes it.
    Blank lines and a header are skipped, a line without a number is refused and the rest goes on.
    Raises `InputError` for an unknown kind, a date in the future and a file without one number
    (which would silently unblock all); `Conflict` for an older file and for a change of kind.
    """
    _check(name, kind, as_of, now)
    row = _row(session, name, kind, as_of, now)
    refused = Refused()
    _stage(session, numbers(lines, refused))
    if not session.scalar(text("select exists (select from dnc_staged)")):
        raise InputError(f"the file for {name} holds no number", refused.remedy)
    told = {"list": row.id, "reason": KINDS[kind], "source": name, "now": now}
    removed = session.execute(_REMOVE, told).scalar_one()
    added = session.execute(_ADD, told).scalar_one()
    row.as_of, row.sha256, row.imported_at = as_of, sha256, now
    row.numbers += added - removed
    session.flush()
    stopped, freed = suppressed_leads.follow_list(session, row.id, now)
    return Taken(row.numbers, added, removed, stopped, freed, refused.lines, refused.first)


def scrub(session: Session, now: datetime) -> Scrub:
    """The date of the national registry: of its oldest file where there are several."""
    as_of = session.scalar(select(func.min(DncList.as_of)).where(DncList.kind == "national"))
    return Scrub(as_of, age(as_of, now) if as_of else None)


def fresh(session: Session, days: int, now: datetime) -> bool:
    """Whether the national registry was taken in and is `days` old at most."""
    found = scrub(session, now).age_days
    return found is not None and found <= days


def age(as_of: date, now: datetime) -> int:
    """Whole days from the list's date to now, by UTC days."""
    return (now.date() - as_of).days


def every(session: Session) -> list[DncList]:
    """The lists, by name."""
    return list(session.scalars(select(DncList).order_by(DncList.name)))


def numbers(lines: Iterable[str], refused: Refused) -> Iterator[str]:
    """The E.164 number of each line; one without is told to `refused` with line and reason."""
    for position, line in enumerate(lines, start=1):
        first, _, rest = line.partition(",")
        words = first.strip().strip('"')
        if len(words) == 3 and words.isdigit():
            words += rest.partition(",")[0].strip().strip('"')
        if not words or (position == 1 and not any(sign.isdigit() for sign in words)):
            continue
        try:
            yield parse(words)
        except PhoneInvalid as fault:
            refused.add(position, str(fault))


def _check(name: str, kind: str, as_of: date, now: datetime) -> None:
    if not name.strip():
        raise InputError("the list has no name", "Give one that stays, such as ftc-national")
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} is unknown", f"Give one of {', '.join(KINDS)}")
    if as_of > now.date():
        raise InputError(f"as-of {as_of} is in the future", "Give the day on which the file held")


def _row(session: Session, name: str, kind: str, as_of: date, now: datetime) -> DncList:
    """The list's row, locked so that two files of one name come in one after the other."""
    fresh_row = {"name": name, "kind": kind, "as_of": as_of, "sha256": "", "numbers": 0}
    session.execute(
        insert(DncList).values(fresh_row | {"imported_at": now}).on_conflict_do_nothing()
    )
    row = session.scalars(
        select(DncList)
        .where(DncList.name == name)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.kind != kind:
        raise Conflict(f"{name} is a list of kind {row.kind}", "Give another name or that kind")
    if as_of < row.as_of:
        raise Conflict(f"{name} is already as of {row.as_of}", f"{as_of} is older: nothing to do")
    return row


def _stage(session: Session, found: Iterator[str]) -> None:
    """COPY the numbers into a table of this transaction."""
    session.execute(text("create temp table if not exists dnc_staged (e164 text) on commit drop"))
    session.execute(text("truncate dnc_staged"))
    driver = session.connection().connection.driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    with driver.cursor() as cursor:
        while chunk := list(islice(found, COPY_LINES)):
            cursor.copy_expert("copy dnc_staged from stdin", io.StringIO("\n".join(chunk) + "\n"))
    session.execute(text("analyze dnc_staged"))


_REMOVE = text("""
with removed as (
  delete from suppressions s where s.list_id = :list
    and not exists (select from dnc_staged t where t.e164 = s.e164)
  returning 1
) select count(*) from removed
""")

_ADD = text("""
with added as (
  insert into suppressions (e164, list_id, reason, source, evidence, created_at)
  select distinct t.e164, cast(:list as bigint), :reason, :source, '', cast(:now as timestamptz)
  from dnc_staged t
  where not exists (select from suppressions s where s.list_id = :list and s.e164 = t.e164)
  returning 1
) select count(*) from added
""")
