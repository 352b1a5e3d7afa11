"""What a callee does in a call: an ordered list of steps, each waiting for one sound event."""

from dataclasses import dataclass, field
from enum import StrEnum

from media.simulator.impairments import UNIMPAIRED, Impairments
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


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the callee does when the agent said one of `hears`, or pressed one of `keys`.

    `only_if` and `unless` are flags of the call that `sets` and `clears` change. The steps come
    before the rest of the script, or in its place.
    """

    steps: tuple[Step, ...]
    hears: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    priority: int = 0
    once: bool = False
    only_if: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Backchannel:
    """Small sounds of a listener while the agent talks, in turn, that ask for no silence."""

    sounds: tuple[Utterance, ...]
    after_ms: int = 1500
    every_ms: int = 3000


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
    double_talk_loss_db: float = 0.0
    """How much a speakerphone turns its microphone down while its loudspeaker sounds."""
    impairments: Impairments = UNIMPAIRED
    """Of the network between the carrier and its customer in calls to this callee."""
    seed: int = 0
    """Of what happens by chance at this callee's end."""
    sip_code: int = 404
    """Of a call that failed."""
    reactions: tuple[Reaction, ...] = ()
    backchannel: Backchannel | None = None
    hang_up_after_ms: int | None = None
    """Milliseconds from the pickup, whoever talks then; None for never."""
