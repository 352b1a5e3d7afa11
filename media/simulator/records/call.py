"""One call as the carrier keeps it: its state and its transitions; no I/O."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from media.simulator.records.request import CallRequest


class Status(StrEnum):
    """Values of the resource's `status`; `initiated` exists in callbacks only."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def ended(self) -> bool:
        """Whether no transition leads out of this state."""
        return self not in {Status.QUEUED, Status.RINGING, Status.IN_PROGRESS}


class Direction(StrEnum):
    """Values of the resource's `direction` that an outbound account sees."""

    API = "outbound-api"
    DIAL = "outbound-dial"
    """A leg that a `<Dial>` of another call placed; that call is its parent."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended, with the SIP code that the callbacks tell."""

    status: Status
    sip_code: int = 200


@dataclass(slots=True)
class Call:
    """Mutable record of a call. Transitions out of an ended state do nothing and return False."""

    sid: str
    request: CallRequest
    status: Status = Status.QUEUED
    dialed: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    queue_time_ms: int = 0
    sip_code: int | None = None
    price: Decimal | None = None
    streamed: bool = False
    answered_by: str | None = None
    """What answering machine detection found, as the resource shows it."""
    parent_sid: str | None = None
    direction: Direction = Direction.API
    events_sent: int = field(default=0)

    @property
    def active(self) -> bool:
        """Whether the call holds a line: dialed and not ended."""
        return self.dialed and not self.status.ended

    @property
    def duration_s(self) -> int | None:
        """Whole seconds of conversation, at least 1; None when nobody answered or it still runs."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return max(1, round((self.ended_at - self.answered_at).total_seconds()))

    @property
    def billed_minutes(self) -> int:
        """Started minutes; 0 when nobody answered."""
        return math.ceil((self.duration_s or 0) / 60)

    def dial(self, now: datetime, queued_ms: int) -> bool:
        """The call leaves the queue. The resource stays `queued` until it rings."""
        if self.status is not Status.QUEUED or self.dialed:
            return False
        self.dialed = True
        self.queue_time_ms = queued_ms
        self.created_at = self.created_at or now
        self.started_at = self.updated_at = now
        return True

    def ring(self, now: datetime) -> bool:
        """The other side signals ringing."""
        if self.status is not Status.QUEUED or not self.dialed:
            return False
        self.status, self.updated_at = Status.RINGING, now
        return True

    def answer(self, now: datetime) -> bool:
        """Somebody, or something, picked up."""
        if self.status is not Status.RINGING:
            return False
        self.status, self.updated_at = Status.IN_PROGRESS, now
        self.started_at = self.answered_at = now
        return True

    def end(self, ending: Ending, now: datetime) -> bool:
        """The call is over; the first ending wins."""
        if self.status.ended:
            return False
        self.status, self.sip_code = ending.status, ending.sip_code
        self.ended_at = self.updated_at = now
        return True

    def settle(self, per_minute: Decimal, now: datetime) -> Decimal:
        """Set the price of the connection; returns what it costs (positive)."""
        cost = per_minute * self.billed_minutes
        if self.answered_at is not None:
            self.price, self.updated_at = -cost, now
        return cost

    def sequence_number(self) -> int:
        """Number of the next callback: it counts the callbacks that were sent."""
        self.events_sent += 1
        return self.events_sent - 1
