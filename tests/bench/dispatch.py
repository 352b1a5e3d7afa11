"""What the dialer itself costs a call: the reservation and the dial, on a real PostgreSQL."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dialer import attempts, calling_rules, db, outcomes, placing
from dialer.embedded import EmbeddedPostgres
from dialer.rules.call_state import CallState
from integration.house import CARD, NOON, TERMS, House, ObedientCarrier, Stopped, build, reserve_one
from tests.bench.figure import Figure, quantile

CALLS = 200


def measure() -> Iterator[Figure]:
    """Milliseconds in each step of one call, with a carrier that answers at once."""
    took: dict[str, list[float]] = {"reserve": [], "place": [], "record": []}
    numbers = [f"+1212555{number:04d}" for number in range(1000, 1000 + CALLS)]
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), durable=True) as server,
    ):
        db.upgrade(server.url)
        engine = db.connect(server.url)
        with db.transaction(db.sessions(engine)) as session:
            calling_rules.install(session, NOON)
        engine.dispose()
        house = build(server.url, numbers, daily_budget="1000")
        for _ in range(CALLS):
            _one(house, took)
        house.close()
    for name, seconds in took.items():
        for share in (0.5, 0.95):
            value = quantile(seconds, share) * 1000
            label = f"{name} p{share * 100:.0f}"
            yield Figure("dispatch", label, value, "ms", "lower", 20 if share > 0.9 else None)


def _one(house: House, took: dict[str, list[float]]) -> None:
    began = time.perf_counter()
    attempt_id = reserve_one(house)
    took["reserve"].append(time.perf_counter() - began)
    began = time.perf_counter()
    placing.place(house.sessions, Stopped(), ObedientCarrier(), attempt_id, TERMS)
    took["place"].append(time.perf_counter() - began)
    with db.transaction(house.sessions) as session:
        attempt = attempts.lock(session, attempt_id)
        attempts.end(session, attempt, CallState.NO_ANSWER, NOON)
    began = time.perf_counter()
    with db.transaction(house.sessions) as session:
        assert outcomes.record(session, attempt_id, CARD, NOON)
    took["record"].append(time.perf_counter() - began)
