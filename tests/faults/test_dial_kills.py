"""A dial worker killed with -9 at each of its worst moments, against the twin's real wire.

Held up by a row lock or an open request, never by the clock: each kill hits its moment surely.
"""

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from uuid import UUID

import pytest
from sqlalchemy import text

from dialer import outcomes, reconcile, rehearsal, settings
from dialer.carrier.twilio import TwilioCarrier
from dialer.clock import Clock
from dialer.db import transaction
from dialer.phone import E164
from integration.house import CARD, NUMBERS, House, Stopped, build

CHILD = Path(__file__).parent / "dial_child.py"
ACCOUNT, TOKEN = "AC" + "a1" * 16, "secret"
PEOPLE = "callees:\n" + "".join(f'  "{number}": {{pickup: busy}}\n' for number in NUMBERS)

WITHHOLD = """
create function withhold() returns trigger language plpgsql as
  'begin perform pg_advisory_xact_lock(42); return new; end';
create trigger withhold before update on attempts
  for each row when (new.state = 'placed') execute function withhold();
"""


@dataclass
class Bench:
    """A house, a twin, and children that can be started and killed."""

    house: House
    origin: str
    clock: Clock
    environment: dict[str, str]

    @property
    def carrier(self) -> TwilioCarrier:
        return TwilioCarrier(ACCOUNT, TOKEN, self.origin, timeout_seconds=2.0)

    def child(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(CHILD), *words],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def rows(self, query: str, **values: object) -> list:
        with self.house.engine.connect() as connection:
            return connection.execute(text(query), values).all()

    def until(self, seen: Callable[[], object], patience_s: float = 30.0) -> object:
        end = monotonic() + patience_s
        pause = Event()
        while monotonic() < end:
            if found := seen():
                return found
            pause.wait(0.05)
        raise AssertionError(f"nothing seen within {patience_s} s")

    def waits_for_a_lock(self) -> bool:
        """Somebody's statement is held up by the lock that the test holds."""
        return bool(self.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'"))

    @contextlib.contextmanager
    def locked(self, query: str, **values: object) -> Iterator[None]:
        with self.house.engine.connect() as connection, connection.begin():
            connection.execute(text(query), values)
            yield

    def twin(self, path: str, body: object = None) -> dict:
        request = urllib.request.Request(
            self.origin + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"{}")

    def creates(self) -> dict[str, int]:
        return self.twin("/twin/report")["creates_per_number"]

    @contextlib.contextmanager
    def answer_withheld(self) -> Iterator[None]:
        """Workers that want to note the carrier's answer wait until the block ends."""
        with self.house.engine.begin() as connection:
            connection.execute(text(WITHHOLD))
        with self.house.engine.connect() as connection, connection.begin():
            connection.execute(text("select pg_advisory_xact_lock(42)"))
            yield

    def over(self) -> bool:
        """The carrier's calls have all ended."""
        return all(
            call.status == "busy"
            for number in self.creates()
            for call in self.carrier.find(E164(number), self.clock.now() - timedelta(hours=1))
        )

    def settle(self, attempt_id: UUID) -> None:
        """What the sweeps of a living worker do about the attempt, in the hour after."""
        self.until(self.over)
        for minutes in (1, 3, 5, 30):
            clock = Stopped(at=self.clock.now() + timedelta(minutes=minutes))
            with transaction(self.house.sessions) as session:
                reconcile.expire_reservations(session, clock.at)
                reconcile.doubt_placings(session, clock.at)
                quiet = reconcile.quiet(session, clock.at)
            for one in quiet:
                reconcile.ask(self.house.sessions, clock, self.carrier, one)
            with transaction(self.house.sessions) as session:
                outcomes.record(session, attempt_id, CARD, clock.at)

    def check(self, attempt_id: UUID) -> None:
        """No phone twice, nobody lost, lines and money free again."""
        assert all(count == 1 for count in self.creates().values()), self.creates()
        states = dict(self.rows("select state, count(*) from leads group by state"))
        assert sum(states.values()) == len(NUMBERS)
        assert "in_call" not in states
        assert self.rows("select 1 from call_slots where attempt_id is not null") == []
        assert self.rows("select sum(reserved_micros) from budget_days") in ([(0,)], [(None,)])
        (recorded,) = self.rows("select recorded_at from attempts where id = :id", id=attempt_id)
        assert recorded[0] is not None


@pytest.fixture
def bench(database: str, tmp_path: Path) -> Iterator[Bench]:
    clock = rehearsal.business_hour(Clock().now())
    house = build(database, now=clock.now() - timedelta(seconds=1))
    (tmp_path / "people.yaml").write_text(PEOPLE)
    twin = subprocess.Popen(
        [
            *(sys.executable, "-m", "media.simulator", "--scenario", str(tmp_path / "people.yaml")),
            *("--account", ACCOUNT, "--auth-token", TOKEN, "--number", "+12125550100"),
            *("--clock-shift", str(clock.shift.total_seconds())),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert twin.stdout
    origin = f"http://127.0.0.1:{int(twin.stdout.readline())}"
    told = settings.load(
        database_url=database,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_phone_number="+12125550100",
        twilio_api_base=origin,
        clock_shift_seconds=clock.shift.total_seconds(),
        calls_per_second=30,
        max_concurrent_calls=1,
        data_dir=tmp_path / "data",
    )
    path = os.pathsep.join(sys.path)
    yield Bench(house, origin, clock, settings.environment(told) | {"PYTHONPATH": path})
    twin.kill()
    twin.wait()
    house.close()


def reserved(bench: Bench) -> UUID:
    """One attempt, reserved by a worker that is killed right after its commit."""
    worker = bench.child("reserve")
    assert worker.stdout
    word, *ids = worker.stdout.readline().split()
    assert word == "reserved" and len(ids) == 1
    worker.kill()
    worker.wait()
    return UUID(ids[0])


def test_killed_after_the_reservation_nobody_is_called_and_the_lead_is_due_again(bench) -> None:
    attempt_id = reserved(bench)
    bench.settle(attempt_id)
    bench.check(attempt_id)
    assert bench.creates() == {}


def test_killed_inside_the_reservation_leaves_no_trace(bench) -> None:
    with bench.locked("lock table ledger_entries in access exclusive mode"):
        worker = bench.child("reserve")
        bench.until(bench.waits_for_a_lock)
        worker.kill()
        worker.wait()
    assert bench.rows("select 1 from attempts") == []
    attempt_id = reserved(bench)
    bench.settle(attempt_id)
    bench.check(attempt_id)


def test_killed_while_the_create_is_open_the_call_is_found_and_not_repeated(bench) -> None:
    attempt_id = reserved(bench)
    bench.twin("/twin/faults", {"create": [{"kind": "timeout", "count": 1}]})
    worker = bench.child("place", str(attempt_id))
    bench.until(bench.creates)
    worker.kill()
    worker.wait()
    assert bench.child("place", str(attempt_id)).communicate(timeout=30)[0].strip() == "placing"
    bench.settle(attempt_id)
    bench.check(attempt_id)
    assert bench.rows("select state from attempts") == [("busy",)]


def test_killed_between_the_carrier_s_answer_and_the_commit(bench) -> None:
    attempt_id = reserved(bench)
    with bench.answer_withheld():
        worker = bench.child("place", str(attempt_id))
        bench.until(bench.waits_for_a_lock)
        worker.kill()
        worker.wait()
    bench.settle(attempt_id)
    bench.check(attempt_id)
    assert len(bench.creates()) == 1


def test_a_database_connection_that_breaks_during_the_dial_does_not_repeat_it(bench) -> None:
    attempt_id = reserved(bench)
    with bench.answer_withheld():
        worker = bench.child("place", str(attempt_id))
        bench.until(bench.waits_for_a_lock)
        bench.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"
        )
        assert worker.wait(30) != 0
    bench.settle(attempt_id)
    bench.check(attempt_id)
    assert len(bench.creates()) == 1


def test_killed_while_recording_the_next_worker_records_it_once(bench) -> None:
    attempt_id = reserved(bench)
    bench.child("place", str(attempt_id)).communicate(timeout=30)
    bench.until(bench.over)
    clock = Stopped(at=bench.clock.now() + timedelta(minutes=10))
    assert reconcile.ask(bench.house.sessions, clock, bench.carrier, attempt_id)
    with bench.locked("lock table ledger_entries in access exclusive mode"):
        worker = bench.child("record", str(attempt_id))
        bench.until(bench.waits_for_a_lock)
        worker.kill()
        worker.wait()
    assert bench.rows("select recorded_at from attempts") == [(None,)]
    for _ in range(2):
        with transaction(bench.house.sessions) as session:
            outcomes.record(session, attempt_id, CARD, clock.at)
    bench.check(attempt_id)
    kinds = bench.rows("select kind, count(*) from ledger_entries group by kind order by kind")
    assert kinds == [("release", 2), ("reserve", 2), ("settle", 2)]
