"""A small rehearsal whose processes a test may kill: the whole product and four people."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic

import psutil
import pytest
from sqlalchemy import text

from dialer import campaigns, launch, leads, live, rehearsal, settings
from dialer.db import transaction
from dialer.leads import BulkConsent
from dialer.models import Agent, Campaign
from dialer.settings import Settings
from dialer.supervisor import Supervisor
from dialer.wiring import Product

MARY = {"+12125552101": "Mary"}  # talks for a minute and books
BRIEF = {
    "+16175552107": "Linda",  # is not interested
    "+12165552118": "Diane",  # busy
    "+13055552112": "Carol",  # never wants to be called again
}


@dataclass
class Scene:
    """One running campaign, and ways to look at it and to hurt it."""

    product: Product
    supervisor: Supervisor
    people: dict[str, str]

    def rows(self, query: str, **values: object) -> list:
        with self.product.engine.connect() as connection:
            return connection.execute(text(query), values).all()

    def until(self, seen: Callable[[], object], patience_s: float = 60.0) -> object:
        """Watch over the processes until `seen` is true; fails the test when time runs out."""
        end = monotonic() + patience_s
        while monotonic() < end:
            if found := seen():
                return found
            assert not self.supervisor.pause(0.05), "the supervisor was told to stop"
        raise AssertionError(f"nothing seen within {patience_s} s; logs in {self.logs}")

    @property
    def logs(self) -> Path:
        return self.product.settings.data_dir / "logs"

    def processes(self, *words: str) -> list[psutil.Process]:
        """Processes of this scene whose command line holds all the words."""
        found = []
        for process in psutil.Process().children(recursive=True):
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if all(word in line for word in words):
                found.append(process)
        return found

    def carrying(self) -> dict[str, int]:
        """Attempt id to process id of the media child that carries it, as Celery reports it."""
        app = self.product.nudges.app
        active = app.control.inspect(timeout=1.0).active() or {}
        return {
            task["args"][0]: task["worker_pid"]
            for tasks in active.values()
            for task in tasks
            if task["name"] == "media.run_call"
        }

    @contextlib.contextmanager
    def second_beat(self) -> Iterator[None]:
        """Another beat beside the product's own, as after a careless deployment."""
        schedule = self.product.settings.data_dir / "second-beat"
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "beat", "-s", str(schedule)]
        with (self.logs / "second-beat.log").open("w") as log:
            beat = subprocess.Popen(
                command, env=settings.environment(self.product.settings), stdout=log, stderr=log
            )
            try:
                yield
                assert beat.poll() is None, "the second beat has died by itself"
            finally:
                beat.kill()
                beat.wait()

    def break_connections(self) -> None:
        """Cut every connection of the product to PostgreSQL and Redis at once."""
        self.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        server = live.connect(self.product.settings.redis_url)
        server.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        server.execute_command("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")
        server.close()

    def twin(self, path: str, body: object = None) -> dict:
        """A control endpoint of the carrier twin."""
        request = urllib.request.Request(
            self.product.settings.twilio_api_base + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"{}")

    def finished(self) -> bool:
        """Nobody is in a call or due, and every attempt is recorded."""
        return self.rows(
            "select (select count(*) from attempts where recorded_at is null)"
            " + (select count(*) from leads where state = 'in_call'"
            " or (state in ('ready', 'waiting') and next_attempt_at <= :now))",
            now=self.product.clock.now(),
        ) == [(0,)]

    def check_promises(self) -> None:
        """What must hold after any fault: conserved leads, balanced money, nobody called twice."""
        counts = dict(self.rows("select state, count(*) from leads group by state"))
        assert sum(counts.values()) == len(self.people)
        per_number = self.twin("/twin/report")["creates_per_number"]
        attempts = dict(
            self.rows(
                "select p.e164, count(*) from attempts a join phones p on p.id = a.phone_id"
                " where a.placing_at is not null group by p.e164"
            )
        )
        for number, creates in per_number.items():
            assert creates <= attempts.get(number, 0), (number, creates, attempts)
        overlapping = self.rows(
            "select 1 from attempts a join attempts b on a.phone_id = b.phone_id and a.id < b.id"
            " where a.reserved_at < coalesce(b.ended_at, 'infinity')"
            " and b.reserved_at < coalesce(a.ended_at, 'infinity')"
        )
        assert not overlapping
        for scope, reserved, settled, released in self.rows(
            "select scope, sum(amount_micros) filter (where kind = 'reserve'),"
            " coalesce(sum(amount_micros) filter (where kind = 'settle'), 0),"
            " coalesce(sum(amount_micros) filter (where kind = 'release'), 0)"
            " from ledger_entries group by scope"
        ):
            assert reserved == settled + released, scope
        assert self.rows("select count(*) from call_slots where attempt_id is not null") == [(0,)]


Play = Callable[[dict[str, str], Callable[[Scene], None]], None]


@pytest.fixture
def play(database: str, tmp_path: Path) -> Iterator[Play]:
    """Runs a test's scene inside the started product."""
    base = settings.load(
        database_url=database,
        redis_url="",
        web_port=launch.free_port(),
        flower_port=launch.free_port(),
        calls_per_second=5.0,
        ready_timeout_seconds=12,
    )

    def run(people: dict[str, str], scene: Callable[[Scene], None]) -> None:
        rehearsed = rehearsal.prepare(base, tmp_path / "house")

        def work(effective: Settings, supervisor: Supervisor) -> int:
            product = Product(effective)
            _campaign(product, people)
            scene(Scene(product, supervisor, people))
            product.engine.dispose()
            return 0

        launch.run(rehearsed.settings, lambda *_: None, work, [rehearsed.twin], durable=False)

    yield run


def _campaign(product: Product, people: dict[str, str]) -> None:
    """Import the leads by the steps of the chain and start their campaign."""
    csv_text = "phone,first name\n" + "".join(f"{one},{name}\n" for one, name in people.items())
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        session.add(
            Agent(
                name="Dana Reyes",
                email="dana@harbor.example",
                timezone="America/New_York",
                work_start=time(9),
                work_end=time(17),
                work_days=[0, 1, 2, 3, 4],
            )
        )
        spec = campaigns.spec(
            name="faults", window="10:00-17:00", daily_budget="5", script={"brand": "Harbor"}
        )
        campaign_id = campaigns.create(session, spec, product.limits, now).id
        agreed = BulkConsent("They may call me", "web form", now - timedelta(days=30))
        file = BytesIO(csv_text.encode())
        import_id = leads.upload(session, campaign_id, "l.csv", file, now, consent=agreed).id
        leads.stage(session, import_id)
        leads.normalise(session, import_id, now)
        leads.activate(session, import_id, now)
        campaigns.start(session, session.get_one(Campaign, campaign_id), now)
