"""CSV to deduplicated, normalised, zoned leads on the embedded PostgreSQL."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import time as hour
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer import db, geography, leads
from dialer.embedded import EmbeddedPostgres
from dialer.models import Campaign
from integration.house import NOON
from tests.bench.figure import Figure

SIZES = (10_000, 100_000, 1_000_000)
TARGET = 30_000
ZONE_SETS = 49
HEADER = "phone,first name,last name,address,city,state,zip"
CONSENT = ",consent,consent date,consent channel"
MOVED = 8
"""Every so many rows one whose address lies in another place than its area code."""


def measure() -> Iterator[Figure]:
    """Rows a second from the upload to leads that may be dialed, and for each step alone.

    The target is for numbers made unique, normalised and zoned; a consent in each row, which is a
    record of its own, is measured beside it. BENCH_ROWS asks for one other size (1000000 takes
    two minutes).
    """
    asked = os.environ.get("BENCH_ROWS")
    sizes = (int(asked),) if asked else SIZES
    for rows in sizes:
        yield from _measured(rows, consent=False)
    yield from _measured(sizes[-1], consent=True)


def csv_text(rows: int, rng: Random, *, consent: bool = False) -> str:
    """Rows with distinct numbers of all area codes in turn, each with its address.

    About one in thirty has a number that does not exist. One in `MOVED` lives elsewhere, which
    makes many zone sets; some of those have too many zones to be called.
    """
    places, lines = areas(), [HEADER + (CONSENT if consent else "") + "\n"]
    for index in range(rows):
        area, _, _ = places[index % len(places)]
        home = index if index % MOVED else index + rng.randrange(len(places))
        _, state, zip_code = places[home % len(places)]
        rest = 2_000_000 + (index // len(places) * 7_919) % 8_000_000
        lines.append(
            f"({area}) {rest // 10_000}-{rest % 10_000:04d},Ann,Lee,{index} Elm Street,Springfield,"
            f"{state},{zip_code}"
            + (
                f",I agree to be called,2026-03-{index % 28 + 1:02d},web form\n"
                if consent
                else "\n"
            )
        )
    return "".join(lines)


@cache
def areas() -> tuple[tuple[str, str, str], ...]:
    """Each area code with its state and, in the United States, a ZIP there."""
    zips: dict[str, str] = {}
    for prefix, place in geography.postal_prefixes().items():
        for state in place.states if prefix.isdigit() else ():
            zips.setdefault(state, f"{prefix}01")
    return tuple(
        (code, state.partition("-")[2], zips.get(state, ""))
        for code, place in geography.area_codes().items()
        for state in place.states[:1] or ("",)
    )


def campaign(session: Session, call_class: str) -> int:
    """A draft campaign to import into; returns its id."""
    made = Campaign(
        name="bench",
        call_class=call_class,
        timezone="America/New_York",
        window_start=hour(10),
        window_end=hour(17),
        window_days=[0, 1, 2, 3, 4],
        daily_budget_micros=5_000_000,
        cost_per_call_micros=100_000,
        max_attempts=3,
        max_call_seconds=300,
        ring_timeout_seconds=25,
        caller_id="+12125550100",
        state_reason="",
        script={"brand": "B"},
        created_at=NOON,
    )
    session.add(made)
    session.flush()
    return made.id


def take_in(sessions: db.Sessions, campaign_id: int, content: bytes) -> dict[str, float]:
    """Import the file by the steps of the chain; the seconds of each."""
    seconds: dict[str, float] = {}

    def step(name: str, work: Callable[[Session], object]) -> None:
        began = time.perf_counter()
        with db.transaction(sessions) as session:
            work(session)
        seconds[name] = time.perf_counter() - began

    def upload(session: Session) -> None:
        nonlocal import_id
        import_id = leads.upload(session, campaign_id, "b.csv", BytesIO(content), NOON).id

    import_id = 0
    step("upload", upload)
    step("stage", lambda session: leads.stage(session, import_id))
    step("normalise", lambda session: leads.normalise(session, import_id, NOON))
    step("activate", lambda session: leads.activate(session, import_id, NOON))
    return seconds


def _measured(rows: int, *, consent: bool) -> Iterator[Figure]:
    """One file of `rows` rows on a fresh database; a campaign of people needs no consent."""
    content = csv_text(rows, Random(1), consent=consent).encode()
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), durable=False) as server,
    ):
        db.upgrade(server.url)
        engine = db.connect(server.url)
        sessions = db.sessions(engine)
        with db.transaction(sessions) as session:
            campaign_id = campaign(session, "automated" if consent else "live")
        seconds = take_in(sessions, campaign_id, content)
        with db.transaction(sessions) as session:
            sets = session.scalar(text("select count(distinct zones) from localities"))
        engine.dispose()
    name = f"{rows:,} rows" + (" with consent" if consent else "")
    target = None if consent else TARGET
    yield Figure("imports", name, rows / sum(seconds.values()), "rows/s", "higher", target)
    for step, took in seconds.items():
        yield Figure("imports", f"{name}: {step} alone", rows / took, "rows/s", "higher")
    yield Figure("imports", f"{name}: zone sets", float(sets or 0), "sets", "higher", ZONE_SETS)
