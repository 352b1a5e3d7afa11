"""What a lawyer asks of the rules: what differs from the pack and before, and what is doubtful."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dialer import calling_rules, geography, rule_pack
from dialer.calling_rules import rule_of, unconfirmed
from dialer.models import CallingRule
from dialer.rules import rule_words
from dialer.rules.calling_window import lawful_spans
from dialer.rules.law import Law, in_force
from dialer.rules.locality import Locality

STALE = timedelta(days=730)
CLASSES = ("automated", "live")
NO_MARGIN = timedelta(0)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a rule here differs from `before` (`pack` or an earlier version), in words."""

    rule_id: str
    before: str
    after: str
    reason: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: `critical` is broken, `warning` waits for the operator and narrows or
    closes calls until then, `notice` is only old or absent."""

    severity: str
    rule_id: str
    problem: str
    remedy: str


def diff(session: Session) -> list[Difference]:
    """The shipped pack against the rules here, then each newest version against the one before."""
    found: list[Difference] = []
    history: dict[str, list[CallingRule]] = {}
    for row in calling_rules.every(session):
        history.setdefault(row.id, []).append(row)
    shipped = rule_pack.shipped()
    for rule_id in sorted({*shipped, *history}):
        versions = history.get(rule_id, [])
        found += _against_pack(rule_id, versions)
        if len(versions) > 1:
            old, new = versions[-2:]
            words = rule_words.changes(rule_pack.substance(old), rule_pack.substance(new))
            if new.confirmed_by != old.confirmed_by:
                words.append(f"confirmed by: {new.confirmed_by or 'nobody'}")
            before, after = f"version {old.version}", f"version {new.version}"
            found.append(Difference(rule_id, before, after, new.reason, words))
    return found


def check(session: Session, now: datetime) -> list[Finding]:
    """What is unreadable, unconfirmed, contradictory, old or absent; the gravest first."""
    law, today = calling_rules.law(session), now.date()
    rows = {(row.id, row.version): row for row in calling_rules.every(session)}
    found: list[Finding] = []
    for rule in in_force(law.rules, today):
        found += _doubts(rows[rule.rule_id, rule.version], today)
    found += _ahead(law, rows, today)
    found += _contradictions(law, today)
    found += _without_row(law)
    found += _calendar(law, today)
    order = ("critical", "warning", "notice")
    return sorted(found, key=lambda one: (order.index(one.severity), one.rule_id))


def _against_pack(rule_id: str, versions: list[CallingRule]) -> Iterator[Difference]:
    wanted = rule_pack.shipped().get(rule_id)
    if wanted is None:
        yield Difference(rule_id, "pack", "here", versions[-1].reason, ["not in the pack"])
    elif not versions:
        yield Difference(rule_id, "pack", "here", "", ["not installed: run `dialer migrate`"])
    elif words := rule_words.changes(wanted, rule_pack.substance(versions[-1])):
        after = f"version {versions[-1].version}"
        yield Difference(rule_id, "pack", after, versions[-1].reason, words)


def _doubts(row: CallingRule, today: date) -> Iterator[Finding]:
    """What is wrong with one rule that is in force."""
    rule = rule_of(row)
    if rule.fault:
        remedy = "Load a readable version: `dialer rules load FILE --reason ...`"
        problem = f"cannot be read ({rule.fault}): every place it is for is closed"
        yield Finding("critical", row.id, problem, remedy)
    if unconfirmed(row):
        whole = "-" not in row.jurisdiction
        what = "calls there are closed" if whole else "the first preset binds there beside it"
        problem = f"of doubtful source ({row.source or 'none'}) and confirmed by nobody: {what}"
        remedy = f"Have it checked, then `dialer rules confirm {row.id} --by NAME --reason ...`"
        yield Finding("warning", row.id, problem, remedy)
    if not row.confirmed_by:
        yield from _age(row, today)


def _age(row: CallingRule, today: date) -> Iterator[Finding]:
    dated = _source_day(row.source_date)
    if row.confidence != "operator" and (dated is None or today - dated > STALE):
        problem = f"its source is {'of ' + row.source_date if dated else 'undated'}"
        yield Finding("notice", row.id, problem, "Look whether the law has changed since")


def _source_day(text: str) -> date | None:
    """The last day that `2025`, `2025-11` or `2025-11-01` can mean; None for other words."""
    try:
        return date.fromisoformat((text + "-12-28"[len(text) - 4 :])[:10])
    except ValueError:
        return None


def _ahead(law: Law, rows: dict[tuple[str, int], CallingRule], today: date) -> Iterator[Finding]:
    """Rules that are not in force yet and must be looked at before they are."""
    for rule in law.rules:
        row = rows[rule.rule_id, rule.version]
        newest = max(version for rule_id, version in rows if rule_id == rule.rule_id)
        if rule.effective_from <= today or rule.version != newest:
            continue
        if rule.fault or unconfirmed(row):
            what = f"cannot be read ({rule.fault})" if rule.fault else "confirmed by nobody"
            problem = f"from {rule.effective_from} on: {what}"
            remedy = f"Have it checked, then `dialer rules confirm {row.id} ...` or load another"
            yield Finding("warning", row.id, problem, remedy)


def _contradictions(law: Law, today: date) -> Iterator[Finding]:
    """Places and classes for which the rules together leave no hour in two weeks."""
    for place in sorted({rule.jurisdiction for rule in law.rules} - {"*"}):
        country, _, state = place.partition("-")
        locality = Locality(country, ("Etc/UTC",), (place,) if state else ())
        for call_class in CLASSES:
            rules = law.applicable(country, locality.states, call_class)
            bound = in_force(rules, today)
            closed = any(
                rule.fault
                or rule.hard_block
                or (rule.jurisdiction == country and not rule.confirmed)
                for rule in bound
            )
            if closed or all(rule.jurisdiction == "*" for rule in bound):
                continue
            if not lawful_spans(today, 14, locality, rules, law.closed, NO_MARGIN):
                names = ", ".join(rule.rule_id for rule in bound)
                problem = f"{call_class} calls to {place} have no hour left under {names}"
                yield Finding("warning", bound[-1].rule_id, problem, "See which two contradict")


def _without_row(law: Law) -> Iterator[Finding]:
    present = {rule.jurisdiction for rule in law.rules if not rule.rule_id.endswith("-recording")}
    absent = [state for state in geography.states() if state not in present]
    if absent:
        problem = f"no rule of their own, so the country's alone binds: {', '.join(absent)}"
        yield Finding("notice", "", problem, "Absence does not mean that the state has no law")


def _calendar(law: Law, today: date) -> Iterator[Finding]:
    days = [day for _, day in law.closed.corrections]
    if not days or max(days) - today < timedelta(days=365):
        problem = "the states' own holidays are known for less than a year ahead"
        yield Finding(
            "warning", "", problem, "Install a newer release, or `dialer rules close-day`"
        )
