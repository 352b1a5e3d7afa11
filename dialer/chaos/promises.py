"""The promises, one function each: how often it was put to the test, and where it was broken."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dialer.chaos.past import Run

EXAMPLES = 5
TALK_SLACK_MS = 2_000
"""Frames on their way, and the carrier's clock against ours."""

Check = Callable[[Run], "Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: `trials` times put to the test, broken `violations` times, with examples."""

    name: str
    trials: int
    violations: int
    examples: tuple[str, ...] = ()


def check(run: Run) -> list[Verdict]:
    """All promises, in the order of their numbers."""
    return [promise(run) for promise in PROMISES]


def broken(verdicts: Sequence[Verdict]) -> bool:
    """Whether any promise was broken."""
    return any(one.violations for one in verdicts)


def one_call_a_number(run: Run) -> Verdict:
    """1. Trials: attempts at numbers that stand in more than one lead or were tried again."""
    trials = run.count(
        "select count(*) from attempts a where 1 < (select count(*) from leads l"
        " where l.phone_id = a.phone_id) or 1 < (select count(*) from attempts b"
        " where b.phone_id = a.phone_id)"
    )
    found = run.rows(
        "select a.id, b.id from attempts a join attempts b on a.phone_id = b.phone_id"
        " and a.id < b.id where a.reserved_at < coalesce(b.ended_at, 'infinity')"
        " and b.reserved_at < coalesce(a.ended_at, 'infinity')"
    )
    return _verdict("1 one call a number", trials, (f"{one} during {two}" for one, two in found))


def lines(run: Run) -> Verdict:
    """2. Trials: reservations, each against all attempts that were active at its moment."""
    found = [
        f"{active} attempts at once when {one} was reserved"
        for one, active in run.rows(
            "select a.id, count(*) from attempts a join attempts b"
            " on b.reserved_at <= a.reserved_at"
            " and coalesce(b.ended_at, 'infinity') > a.reserved_at"
            " group by a.id having count(*) > :most",
            most=run.max_concurrent,
        )
    ]
    seen = int(run.report["max_concurrent_calls"])
    if seen > run.max_concurrent:
        found.append(f"the carrier carried {seen} calls at once")
    return _verdict("2 lines", run.count("select count(*) from attempts"), found)


def money(run: Run) -> Verdict:
    """3. Trials: ledger lines; each day's running sum is recomputed from them."""
    over = run.rows(
        "select e.id, e.scope, e.sum from (select id, scope, day, sum(case kind"
        " when 'release' then -amount_micros when 'reserve' then amount_micros"
        " when 'true_up' then amount_micros else 0 end)"
        " over (partition by scope, day order by id) as sum from ledger_entries) e"
        " join budget_days d on d.scope = e.scope and d.day = e.day"
        " where e.sum > d.limit_micros + d.overrun_micros"
    )
    odd = run.rows(
        "select attempt_id, scope from ledger_entries group by attempt_id, scope"
        " having sum(case kind when 'reserve' then amount_micros else 0 end)"
        " <> sum(case when kind in ('settle', 'release') then amount_micros else 0 end)"
    )
    dear = run.rows(
        "select id from attempts where reserved_micros > :limit or cost_micros > reserved_micros",
        limit=run.cost_per_call_micros,
    )
    days = run.rows(
        "select scope, day from budget_days d where reserved_micros <> 0"
        " or spent_micros + reserved_micros > limit_micros"
        " or spent_micros + overrun_micros <> (select coalesce(sum(amount_micros), 0)"
        " from ledger_entries e where e.scope = d.scope and e.day = d.day"
        " and e.kind in ('settle', 'true_up'))"
    )
    found = [
        *(f"line {line}: {scope} at {total} micros" for line, scope, total in over),
        *(f"{attempt} does not balance in {scope}" for attempt, scope in odd),
        *(f"{attempt} costs more than allowed" for (attempt,) in dear),
        *(f"the day {day} of {scope} is not its ledger's" for scope, day in days),
    ]
    return _verdict("3 money", run.count("select count(*) from ledger_entries"), found)


def decisions(run: Run) -> Verdict:
    """4. Trials: decision rows. Every attempt has one at its reservation, and every request to
    the carrier one at the dial, each with rules and zones; every refusal has its reasons."""
    silent = run.rows(
        "select a.id, s.stage from attempts a"
        " cross join (values ('reserve'), ('place')) as s (stage)"
        " where (s.stage = 'reserve' or a.placing_at is not null) and not exists"
        " (select 1 from decisions d where d.attempt_id = a.id and d.stage = s.stage"
        " and d.allowed and d.rules <> '[]' and d.zones <> '[]')"
    )
    mute = run.rows("select id from decisions where not allowed and reasons = '[]'")
    found = [
        *(f"{attempt} has no whole decision to {stage}" for attempt, stage in silent),
        *(f"refusal {one} has no reason" for (one,) in mute),
    ]
    return _verdict("4 decisions", run.count("select count(*) from decisions"), found)


def leads(run: Run) -> Verdict:
    """5. Trials: leads at rest, and every look taken while things broke."""
    odd = run.rows(
        "select id, state from leads where state not in"
        " ('done', 'waiting', 'ready', 'in_call', 'suppressed', 'invalid')"
    )
    lost = run.rows(
        "select i.id, i.rows_imported from imports i where i.rows_imported <>"
        " (select count(*) from leads l where l.import_id = i.id)"
    )
    found = [
        *(f"lead {lead} is {state}" for lead, state in odd),
        *(f"import {one} took in {rows} rows, other leads are there" for one, rows in lost),
        *(
            f"at {moment} leads were missing or in a wrong state"
            for moment, sound in run.looks
            if not sound
        ),
    ]
    return _verdict("5 leads", run.count("select count(*) from leads") + len(run.looks), found)


def opt_outs(run: Run) -> Verdict:
    """6. Trials: calls that ended with an opt-out. It is on record before the call's end, and
    no request for that number follows it in any campaign."""
    spoken = "from attempts a where a.disposition = 'do_not_call'"
    late = run.rows(
        f"select a.id {spoken} and not exists (select 1 from suppressions s"
        " where s.attempt_id = a.id and s.created_at <= a.ended_at)"
    )
    again = run.rows(
        "select b.id from suppressions s join phones p on p.e164 = s.e164"
        " join attempts b on b.phone_id = p.id"
        " where s.attempt_id is not null and b.placing_at > s.created_at"
    )
    found = [
        *(f"{attempt} ended without its suppression" for (attempt,) in late),
        *(f"{attempt} dialed an opted-out number" for (attempt,) in again),
    ]
    return _verdict("6 opt-outs", run.count(f"select count(*) {spoken}"), found)


def no_blind_repeat(run: Run) -> Verdict:
    """7. Trials: creates whose result we did not learn. No number got more calls than attempts,
    no attempt more than one call, and the carrier has no call that is nobody's."""
    attempts = run.rows(
        "select p.e164, count(*) from attempts a join phones p on p.id = a.phone_id"
        " where a.placing_at is not null group by p.e164"
    )
    tried: dict[str, int] = {row[0]: row[1] for row in attempts}
    double = run.rows(
        "select attempt_id from carrier_events group by attempt_id"
        " having count(distinct carrier_sid) > 1"
    )
    ours = {sid for (sid,) in run.rows("select carrier_sid from attempts")}
    found = [
        *(
            f"{number}: {creates} calls for {tried.get(number, 0)} attempts"
            for number, creates in run.report["creates_per_number"].items()
            if creates > tried.get(number, 0)
        ),
        *(f"{attempt} has two calls" for (attempt,) in double),
        *(f"call {one['sid']} is nobody's" for one in run.calls if one["sid"] not in ours),
    ]
    return _verdict("7 no blind repeat", run.unknown_creates, found)


def comes_to_rest(run: Run) -> Verdict:
    """8. Trials: faults that hit somebody. After them nothing hangs: every attempt is recorded
    and ended, every line is free, nobody is in a call."""
    hanging = {
        "attempts never recorded": "select id from attempts where recorded_at is null",
        "attempts without an end": "select id from attempts where ended_at is null",
        "lines still taken": "select slot from call_slots where attempt_id is not null",
        "leads still in a call": "select id from leads where state = 'in_call'",
    }
    found = [f"{words}: {one}" for words, query in hanging.items() for (one,) in run.rows(query)]
    return _verdict("8 comes to rest", run.troubles, found)


def heard_words(run: Run) -> Verdict:
    """9. Trials: calls whose transcript has words of ours. They are no longer than what the
    callee's ear heard, and nothing of a call is later than the line lasted."""
    calls = {one["sid"]: one for one in run.calls}
    trials, found = 0, []
    for sid, outcome in run.rows(
        "select carrier_sid, outcome from attempts where outcome is not null"
    ):
        spoken = [turn for turn in outcome["transcript"] if turn["speaker"] == "agent"]
        call = calls.get(sid, {})
        if not spoken or "line_ms" not in call:
            continue
        trials += 1
        if not call["heard"]:
            found.append(f"{sid}: a transcript of words that nobody heard")
        elif max(turn["ended_ms"] for turn in spoken) > call["line_ms"] + TALK_SLACK_MS:
            found.append(f"{sid}: words after the end of the line")
    return _verdict("9 heard words", trials, found)


PROMISES: tuple[Check, ...] = (
    one_call_a_number,
    lines,
    money,
    decisions,
    leads,
    opt_outs,
    no_blind_repeat,
    comes_to_rest,
    heard_words,
)


def _verdict(name: str, trials: int, found: Iterable[str]) -> Verdict:
    all_of_them = list(found)
    return Verdict(name, trials, len(all_of_them), tuple(all_of_them[:EXAMPLES]))
