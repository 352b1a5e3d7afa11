"""CSV to deduplicated, normalised, zoned rows on the embedded PostgreSQL."""

import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random

from dialer import campaigns, db, leads
from dialer.embedded import EmbeddedPostgres
from integration.house import LIMITS, NOON
from tests.bench.figure import Figure

ROWS = 20_000
AREAS = (212, 312, 404, 602, 303, 415, 206, 617, 214, 713, 702, 503)


def measure() -> Iterator[Figure]:
    """Rows a second through the three steps of the import chain, and for each step alone."""
    content = csv_text(ROWS, Random(1)).encode()
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), durable=False) as server,
    ):
        db.upgrade(server.url)
        engine = db.connect(server.url)
        yield from _steps(db.sessions(engine), content)
        engine.dispose()


def csv_text(rows: int, rng: Random) -> str:
    """Rows with valid, mostly distinct numbers."""
    lines = ["phone,first name,last name,address,city,state\n"]
    for index in range(rows):
        area, rest = rng.choice(AREAS), rng.randrange(200_0000, 999_9999)
        lines.append(f"({area}) {rest // 10_000}-{rest % 10_000:04d},Ann,Lee,{index} Elm,X,NY\n")
    return "".join(lines)


def _steps(sessions: db.Sessions, content: bytes) -> Iterator[Figure]:
    with db.transaction(sessions) as session:
        spec = campaigns.spec(
            name="bench", window="10:00-17:00", daily_budget="5", script={"brand": "B"}
        )
        campaign_id = campaigns.create(session, spec, LIMITS, NOON).id
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    with db.transaction(sessions) as session:
        import_id = leads.upload(session, campaign_id, "b.csv", BytesIO(content), NOON).id
    seconds["upload"] = time.perf_counter() - began
    for name, step in (
        ("stage", lambda one: leads.stage(one, import_id)),
        ("normalise", lambda one: leads.normalise(one, import_id, NOON)),
        ("activate", lambda one: leads.activate(one, import_id, NOON)),
    ):
        began = time.perf_counter()
        with db.transaction(sessions) as session:
            step(session)
        seconds[name] = time.perf_counter() - began
    yield Figure(
        "imports", "rows imported", ROWS / sum(seconds.values()), "rows/s", "higher", 30_000
    )
    for name, took in seconds.items():
        yield Figure("imports", f"{name} alone", ROWS / took, "rows/s", "higher")
