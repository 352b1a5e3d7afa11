"""The dial at scale: one campaign of up to a million leads over many zone sets."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from dialer import attempts, calling_rules, db, dialing, lineup
from dialer.embedded import EmbeddedPostgres
from dialer.models import Campaign, Suppression
from dialer.rules.turn_order import Share, TurnOrder
from dialer.verdicts import Verdicts
from integration.busy_window import BusyWindow
from integration.house import NOON, TERMS, build
from tests.bench import imports
from tests.bench.figure import Figure, quantile

SIZES = (10_000, 1_000_000)
LINES = 100
CLAIMS = 60
PASSES = 10
PLENTY = 10**12
HOUR_SECONDS = 3_600
WIDE = replace(TERMS, max_concurrent=LINES, daily_budget_micros=PLENTY)


def measure() -> Iterator[Figure]:
    """Import, the claim of the next hundred due leads, decisions a second on one worker,
    and how full the lines are in a busy hour.

    BENCH_ROWS asks for one size instead of both.
    """
    asked = os.environ.get("BENCH_ROWS")
    for rows in (int(asked),) if asked else SIZES:
        yield from _measured(rows)
    yield _busy_hour()


def _busy_hour() -> Figure:
    """How full the five lines are in an hour of simulated time, at one dial a second."""
    numbers = [f"+1212{exchange}{rest:04d}" for exchange in (555, 556) for rest in range(100, 900)]
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), durable=False) as server,
    ):
        db.upgrade(server.url)
        engine = db.connect(server.url)
        with db.transaction(db.sessions(engine)) as session:
            calling_rules.install(session, NOON)
        engine.dispose()
        house = build(server.url, numbers, daily_budget="1000", max_attempts=1)
        share = BusyWindow(house, Random(11)).run(HOUR_SECONDS)
        house.close()
    return Figure("dialing", "lines in use in a busy hour", share * 100, "%", "higher", 97)


def _measured(rows: int) -> Iterator[Figure]:
    content = imports.csv_text(rows, Random(1), consent=True).encode()
    with (
        tempfile.TemporaryDirectory() as directory,
        EmbeddedPostgres(Path(directory), durable=True) as server,
    ):
        db.upgrade(server.url)
        engine = db.connect(server.url)
        sessions = db.sessions(engine)
        campaign_id = _prepared(sessions)
        took = sum(imports.take_in(sessions, campaign_id, content).values())
        with engine.begin() as connection:
            connection.execute(text("update campaigns set state = 'running'"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze"))
        # With a consent in each row; the target is for rows without, in the part `imports`.
        yield Figure("dialing", f"{rows:,}: import with consents", rows / took, "rows/s", "higher")
        yield from _claims(sessions, rows)
        yield _rate(sessions, f"{rows:,}: dials reserved", lambda made: len(made.reserved))
        with db.transaction(sessions) as session:
            session.add(_everybody())
        yield _rate(sessions, f"{rows:,}: dials refused", lambda made: len(made.refused))
        engine.dispose()


def _prepared(sessions: db.Sessions) -> int:
    with db.transaction(sessions) as session:
        calling_rules.install(session, NOON)
        attempts.provision_slots(session, LINES)
        campaign_id = imports.campaign(session, "automated")
        session.execute(update(Campaign).values(daily_budget_micros=PLENTY))
    return campaign_id


def _everybody() -> Suppression:
    """Put beside the leads, not through them: each is refused when its turn comes."""
    return Suppression(pattern="+1*", reason="bench", source="bench", created_at=NOON)


def _claims(sessions: db.Sessions, rows: int) -> Iterator[Figure]:
    """Milliseconds until the next hundred due leads are found, ordered and locked."""
    verdicts, took = Verdicts(), []
    for _ in range(CLAIMS):
        with sessions() as session:
            began = time.perf_counter()
            claimed = _claim(session, verdicts)
            took.append((time.perf_counter() - began) * 1000)
            session.rollback()
        assert claimed == LINES
    # The first asks the law about every locality; a worker does so once an hour or so.
    yield Figure("dialing", f"{rows:,}: first claim of 100", took[0], "ms", "lower")
    for share in (0.5, 0.95):
        name = f"{rows:,}: claim of 100 p{share * 100:.0f}"
        yield Figure("dialing", name, quantile(took[1:], share), "ms", "lower", 20)


def _claim(session: Session, verdicts: Verdicts) -> int:
    lineup.wake(session, NOON)
    law = calling_rules.law(session)
    (campaign,) = lineup.running(session)
    found = lineup.openings(session, law, campaign, verdicts, NOON)
    queue = lineup.candidates(session, campaign, found, LINES)
    order = TurnOrder({campaign.id: queue}, {campaign.id: Share(1, LINES, 0)}, LINES)
    drawn = [one for one in (order.take() for _ in range(LINES)) if one]
    return len(lineup.claim(session, drawn))


def _rate(sessions: db.Sessions, name: str, count: Callable[[dialing.Pass], int]) -> Figure:
    """Decisions a second of one worker, each with its row, committed a hundred at a time."""
    verdicts, seconds, decided = Verdicts(), 0.0, 0
    for turn in range(PASSES + 1):
        began = time.perf_counter()
        with db.transaction(sessions) as session:
            made = dialing.reserve(session, WIDE, NOON, verdicts)
        if turn:  # The first asks the law about every locality.
            seconds += time.perf_counter() - began
            decided += count(made)
        _hang_up(sessions)
    return Figure("dialing", name, decided / seconds, "decisions/s", "higher", 500)


def _hang_up(sessions: db.Sessions) -> None:
    with db.transaction(sessions) as session:
        session.execute(text("update call_slots set attempt_id = null"))
        session.execute(text("update attempts set state = 'canceled', recorded_at = now()"))
        session.execute(text("update leads set state = 'done' where state = 'in_call'"))
