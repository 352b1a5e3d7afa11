"""What a customer asks for when a call is created, checked; no I/O."""

from dataclasses import dataclass
from enum import StrEnum

from media.simulator.records.recording import RecordingWish


class Event(StrEnum):
    """Values of `StatusCallbackEvent`."""

    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class MachineDetection:
    """`MachineDetection` and its settings, with the carrier's defaults."""

    message_end: bool = False
    """`DetectMessageEnd`: a machine is told of only when its greeting is over."""
    timeout_s: int = 30
    speech_threshold_ms: int = 2400
    speech_end_threshold_ms: int = 1200
    silence_timeout_ms: int = 5000
    asynchronous: bool = False
    """`AsyncAmd`: the document runs while the detection does."""
    callback: str | None = None
    callback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class CallRequest:
    """The parameters of `POST Calls.json`, or of a leg that `<Dial>` places."""

    to: str
    from_: str
    url: str | None = None
    method: str = "POST"
    twiml: str | None = None
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    events: frozenset[Event] = frozenset({Event.COMPLETED})
    timeout_s: int = 60
    time_limit_s: int = 14_400
    send_digits: str = ""
    machine_detection: MachineDetection | None = None
    record: RecordingWish | None = None
    call_reason: str = ""
