"""An operator's changes of the rules: each is a new version or a new day, with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dialer import rule_pack
from dialer.calling_rules import add_version, find, newest, serialise, unconfirmed
from dialer.errors import Conflict, InputError
from dialer.models import CallingRule, StateHoliday
from dialer.rules.law import EVERYWHERE, PRESET
from dialer.rules.rule_text import Unreadable, content, place_from


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file of rules: ids by what happened to them, and the refused rows."""

    added: list[str]
    changed: list[str]
    known: list[str]
    faults: list[rule_pack.Fault]


def load(session: Session, lines: Iterable[str], by: str, reason: str, now: datetime) -> Loaded:
    """Add or change rules from a CSV in the pack's format; faulty rows are told, the rest goes on.

    A changed row is a new version. The preset is changed by `widen` alone. Raises `InputError`
    for an empty reason or a header without the columns.
    """
    _check_reason(reason)
    serialise(session)
    pack = rule_pack.read(lines)
    loaded = Loaded([], [], [], list(pack.faults))
    present = newest(session)
    for rule_id, wanted in pack.rules.items():
        last = present.get(rule_id)
        if rule_id == PRESET:
            remedy = "Use `dialer rules widen`, which asks for a reason"
            loaded.faults.append(
                rule_pack.Fault(
                    pack.lines[rule_id], "id", "the preset is no rule of the law", remedy
                )
            )
        elif last and rule_pack.substance(last) == wanted:
            loaded.known.append(rule_id)
        else:
            add_version(session, wanted, last.version + 1 if last else 1, now, by=by, reason=reason)
            (loaded.changed if last else loaded.added).append(rule_id)
    return loaded


def widen(
    session: Session, wanted: dict[str, str], reason: str, by: str, now: datetime
) -> CallingRule:
    """Give the preset other hours, holidays or cap, from today on; the law keeps binding beside it.

    `wanted` holds fields of the pack as text: `mon_fri`, `sat`, `sun`, `holidays`, `attempt_cap`;
    what is left out stays. Raises `InputError` for an empty reason or an unreadable field.
    """
    _check_reason(reason)
    serialise(session)
    last = find(session, PRESET)[-1]
    blank = {"mon_fri": "none", "sat": "none", "sun": "none", "holidays": "none"}
    frame = {"id": PRESET, "jurisdiction": EVERYWHERE, "call_class": "any", "hard_block": "no"}
    try:
        read = content({**blank, **frame, **wanted})
    except Unreadable as fault:
        raise InputError(f"{fault.column} {fault.problem}", fault.remedy) from None
    new = rule_pack.substance(last)
    week = {"sat": ("sat",), "sun": ("sun",), "mon_fri": ("mon", "tue", "wed", "thu", "fri")}
    days = [day for field in week if field in wanted for day in week[field]]
    new["hours"] = {**new["hours"], **{day: read["hours"][day] for day in days}}
    if "holidays" in wanted:
        new["holidays"] = read["holidays"]
    if "attempt_cap" in wanted:
        new["caps"] = read["caps"]
    new["effective_from"] = _first_today(now)
    return add_version(session, new, last.version + 1, now, by=by, reason=reason)


def confirm(session: Session, rule_id: str, by: str, reason: str, now: datetime) -> CallingRule:
    """Vouch for a rule of doubtful source: a new version of the same substance.

    Raises `NotFound`, `InputError` for an empty reason or name, `Conflict` when nothing is open.
    """
    _check_reason(reason)
    if not by.strip():
        raise InputError("nobody confirms the rule", "Say who does")
    serialise(session)
    last = find(session, rule_id)[-1]
    if not unconfirmed(last):
        raise Conflict(
            f"rule {rule_id} needs no confirmation", "`dialer rules show` has its source"
        )
    new = rule_pack.substance(last)
    return add_version(session, new, last.version + 1, now, by=by, reason=reason, confirmed_by=by)


def close_day(
    session: Session,
    jurisdiction: str,
    day: date,
    name: str,
    source: str,
    now: datetime,
    *,
    closed: bool = True,
) -> StateHoliday:
    """Close a day in a state or country (a proclaimed holiday, an emergency), or open one again.

    Raises `InputError` for a place that is none or a day without a name.
    """
    try:
        place_from(jurisdiction)
    except Unreadable as fault:
        raise InputError(f"{fault.column} {fault.problem}", fault.remedy) from None
    if not name.strip():
        raise InputError("the day has no name", "Say what is proclaimed, for the record")
    serialise(session)
    row = StateHoliday(
        jurisdiction=jurisdiction, day=day, name=name, closed=closed, source=source, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def _first_today(now: datetime) -> date:
    """Today's date where it is earliest on earth, so that a change binds everywhere at once."""
    return (now - timedelta(hours=12)).date()


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InputError("a change of the rules needs a reason", "Say why, for the record")
