"""A busy hour in simulated time: the product's own steps on a real PostgreSQL, people by chance.

The clock jumps from event to event, so an hour of calling costs seconds and is repeatable.
"""

import heapq
import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from dialer import attempts, dialing, lineup, outcomes, placing
from dialer.attempts import CarrierMessage
from dialer.call import AnsweredBy, AttemptId, CallOutcome, Disposition, EndedBy
from dialer.db import transaction
from dialer.models import Attempt
from dialer.rules.call_state import ACTIVE
from dialer.verdicts import Verdicts
from integration.house import CARD, NOON, TERMS, House, ObedientCarrier, Stopped

PACED = replace(TERMS, calls_per_second=1.0)
LOST_NUDGES = 0.02


@dataclass
class BusyWindow:
    """Calls that take their time; every freed line is asked for at once, and each second."""

    house: House
    rng: Random
    now: datetime = NOON
    busy_seconds: float = 0.0
    most: int = 0
    placed: int = 0
    _verdicts: Verdicts = field(default_factory=Verdicts)
    _events: list[tuple[datetime, int, str, UUID | None]] = field(default_factory=list)
    _order: itertools.count = field(default_factory=itertools.count)
    _held: int = 0

    def run(self, seconds: int) -> float:
        """The share of line-seconds that were in use."""
        end = self.now + timedelta(seconds=seconds)
        for second in range(seconds):
            self._later(second, "tick")
        while self._events and self._events[0][0] < end:
            at, _, kind, attempt_id = heapq.heappop(self._events)
            self._advance(at)
            getattr(self, f"_{kind}")(attempt_id)
        self._advance(end)
        return self.busy_seconds / (seconds * PACED.max_concurrent)

    def _advance(self, at: datetime) -> None:
        self.busy_seconds += (at - self.now).total_seconds() * self._held
        self.now = at

    def _later(self, seconds: float, kind: str, attempt_id: UUID | None = None) -> None:
        at = self.now + timedelta(seconds=seconds)
        heapq.heappush(self._events, (at, next(self._order), kind, attempt_id))

    def _tick(self, _: UUID | None) -> None:
        if self._held == PACED.max_concurrent and self.rng.random() > LOST_NUDGES:
            return  # A full house answers every tick with "no line"; seen often enough.
        with transaction(self.house.sessions) as session:
            lineup.wake(session, self.now)
            made = dialing.reserve(session, PACED, self.now, self._verdicts)
            active = session.scalars(
                select(Attempt.id).where(Attempt.state.in_([state.value for state in ACTIVE]))
            ).all()
        self._held = len(active)
        self.most = max(self.most, self._held)
        for attempt_id in made.reserved:
            self._later(self.rng.uniform(0.5, 3.0), "place", attempt_id)

    def _place(self, attempt_id: UUID | None) -> None:
        assert attempt_id
        carrier = ObedientCarrier()
        waits: list[float] = []
        placing.place(
            self.house.sessions,
            Stopped(at=self.now),
            carrier,
            attempt_id,
            PACED,
            waits.append,
        )
        if carrier.placed:
            self.placed += 1
            answered = self.rng.random() < 0.4
            lasts = self.rng.uniform(15, 180) if answered else self.rng.uniform(5, 25)
            self._later(waits[0] + lasts, "answered_end" if answered else "ring_out", attempt_id)

    def _ring_out(self, attempt_id: UUID | None) -> None:
        self._told(attempt_id, "no-answer")

    def _answered_end(self, attempt_id: UUID | None) -> None:
        self._told(attempt_id, "in-progress")
        with transaction(self.house.sessions) as session:
            outcome = CallOutcome(
                attempt_id=AttemptId(str(attempt_id)),
                disposition=Disposition.NOT_INTERESTED,
                answered_by=AnsweredBy.HUMAN,
                ended_by=EndedBy.CALLEE,
            )
            outcomes.submit(session, outcome, self.now)
        self._told(attempt_id, "completed")

    def _told(self, attempt_id: UUID | None, status: str) -> None:
        assert attempt_id
        with transaction(self.house.sessions) as session:
            sid = session.get_one(Attempt, attempt_id).carrier_sid
            assert sid
            told = CarrierMessage(sid, "status", status, 0, {}, 60)
            ended = attempts.hear(session, attempt_id, told, self.now)
        if not ended:
            return
        with transaction(self.house.sessions) as session:
            outcomes.record(session, attempt_id, CARD, self.now)
        if self.rng.random() > LOST_NUDGES:
            self._tick(None)
