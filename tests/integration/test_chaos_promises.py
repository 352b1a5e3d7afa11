"""Each promise is red on a database in which it is broken by hand, and none before that."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from dialer.chaos import promises
from dialer.chaos.past import Run
from integration.history import live_through
from integration.house import NUMBERS, build

# The talking call ends, every dial has its second decision, and every sid is known.
TO_REST = (
    "update call_slots set attempt_id = null, taken_at = null",
    "delete from ledger_entries where attempt_id in (select id from attempts where state"
    " = 'answered')",
    "delete from decisions where attempt_id in (select id from attempts where state = 'answered')",
    "delete from attempts where state = 'answered'",
    "update leads set state = 'done' where state = 'in_call'",
    "update budget_days d set reserved_micros = 0",
    "update attempts set carrier_sid = 'CA' || id, cost_micros = 0 where cost_micros is null",
    "update attempts set carrier_sid = 'CA' || id",
    "insert into decisions (attempt_id, lead_id, campaign_id, stage, allowed, reasons, rules,"
    " zones, decided_at, facts) select attempt_id, lead_id, campaign_id, 'place', allowed,"
    " reasons, rules, zones, decided_at, facts from decisions where stage = 'reserve'",
)
BROKEN = {
    "1 one call a number": "update attempts set phone_id = (select min(phone_id) from attempts),"
    " reserved_at = (select min(reserved_at) from attempts)",
    "2 lines": "update attempts set reserved_at = (select min(reserved_at) from attempts)",
    "3 money": "update ledger_entries set amount_micros = amount_micros + 1"
    " where kind = 'settle' and amount_micros > 0",
    "4 decisions": "delete from decisions where stage = 'place'",
    "5 leads": "delete from leads where state = 'ready' or id = (select max(id) from leads)",
    "6 opt-outs": "delete from suppressions",
    "7 no blind repeat": "update attempts set carrier_sid = null",
    "8 comes to rest": "update attempts set recorded_at = null",
    "9 heard words": "update attempts set outcome = jsonb_set(outcome::jsonb,"
    " '{transcript,0,ended_ms}', '99000') where outcome is not null",
}


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A history at rest in which nothing is broken; its constraints are off."""
    house = build(database)
    live_through(house)
    with house.engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for statement in TO_REST:
            connection.execute(text(statement))
        yield connection
    house.close()


def judged(connection: Connection) -> dict[str, promises.Verdict]:
    """The verdicts, with a twin that tells of each attempt's call."""
    sids = connection.execute(text("select id from attempts")).scalars().all()
    calls: list[dict[str, Any]] = [
        {"sid": f"CA{one}", "line_ms": 5_000, "heard": [[0, 4_000]]} for one in sids
    ]
    report = {"max_concurrent_calls": 2, "creates_per_number": {NUMBERS[0]: 1}}
    run = Run(connection, report, calls, 2, 100_000, 3, 1, [("1 s", True)])
    return {one.name: one for one in promises.check(run)}


def test_a_sound_history_breaks_no_promise_and_tries_each(connection) -> None:
    verdicts = judged(connection)
    assert {name: one.examples for name, one in verdicts.items() if one.violations} == {}
    assert {name for name, one in verdicts.items() if not one.trials} <= {"1 one call a number"}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_seen_with_an_example(connection, name: str) -> None:
    connection.execute(text(BROKEN[name]))
    verdict = judged(connection)[name]
    assert verdict.violations and verdict.examples
