"""The verbs of TwiML as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text to the callee."""

    text: str
    voice: str
    loop: int


@dataclass(frozen=True, slots=True)
class Play:
    """Send keys (`digits`, w = 0.5 s) to the callee's ear."""

    digits: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Keep quiet for `length_s`."""

    length_s: float


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """For calls that nobody has answered yet; on an answered call the carrier ends it."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with the document at `url`."""

    url: str
    method: str


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """Give the call to a media stream until its socket is closed."""

    url: str
    name: str
    parameters: dict[str, str]
    action: str | None
    method: str
    status_callback: str | None


Verb = Say | Play | Pause | Hangup | Reject | Redirect | ConnectStream
