"""What a callee does in a call: an ordered list of steps, each waiting for one sound event."""

from dataclasses import dataclass, field
from enum import StrEnum

from media.simulator.people.speech import Utterance

FRAME_MS = 20


class When(StrEnum):
    """What a step waits for, counted from the end of the step before it."""

    NOW = "now"
    AGENT_STARTS = "agent_starts"
    AGENT_STOPS = "agent_stops"


@dataclass(frozen=True, slots=True)
class Speak:
    """Say an utterance."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Press:
    """Press telephone keys."""

    digits: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Only listen."""


Action = Speak | Press | HangUp | Nothing


@dataclass(frozen=True, slots=True)
class Step:
    """`action`, `after_ms` past the `count`-th event of kind `when`."""

    when: When
    action: Action
    after_ms: int = 0
    count: int = 1


class Pickup(StrEnum):
    """What happens when the telephone rings."""

    ANSWER = "answer"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Person:
    """A callee of the scenario file, with sound instead of names of recordings."""

    number: str
    name: str = ""
    behaviour: str = ""
    pickup: Pickup = Pickup.NO_ANSWER
    ring_s: float = 3.0
    steps: tuple[Step, ...] = ()
    default: Step | None = None
    spurt_gap_ms: int = 700
    loud_dbfs: float = -45.0
    patience_s: float = 45.0
    noise: tuple[bytes, ...] = field(default=(), repr=False)
    """Frames of background noise, repeated for ever; empty for a silent line."""
    echo_loss_db: float | None = None
    """How much quieter what the telephone plays comes back; None is no echo at all."""
    echo_delay_ms: float = 60.0
