"""The verbs of TwiML as values."""

from dataclasses import dataclass

from media.simulator.records.recording import RecordingWish


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text to the callee; `loop` 0 is for ever."""

    text: str
    voice: str
    loop: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """Send keys (`digits`, w = 0.5 s) to the callee's ear."""

    digits: str
    loop: int = 1


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
    status_callback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Play the WAV, or mu-law or PCM file, at `url`; `loop` 0 is for ever."""

    url: str
    loop: int


@dataclass(frozen=True, slots=True)
class StartStream:
    """Send a copy of the call's sound to a socket, one way, until `StopStream` or the end."""

    url: str
    name: str
    track: str
    """inbound_track, outbound_track or both_tracks."""
    parameters: dict[str, str]
    status_callback: str | None
    status_callback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class StopStream:
    """End the one-way stream of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the call while the document goes on."""

    wish: RecordingWish


@dataclass(frozen=True, slots=True)
class Record:
    """Record the callee until silence, a key or the limit, then fetch `action`."""

    action: str | None
    method: str
    timeout_s: int
    max_length_s: int
    finish_on_key: str
    play_beep: bool
    wish: RecordingWish


@dataclass(frozen=True, slots=True)
class Gather:
    """Take keys, or words, while `nested` plays; then fetch `action` if there were any."""

    nested: "tuple[Say | Play | PlaySound | Pause, ...]"
    action: str | None
    method: str
    keys: bool
    speech: bool
    timeout_s: float
    num_digits: int | None
    finish_on_key: str
    hints: tuple[str, ...]
    barge_in: bool
    action_on_empty: bool
    speech_timeout_s: float | None = None
    """Silence that ends the words; None is the carrier's own judgement (`auto`)."""
    max_speech_s: float = 60.0
    language: str = ""


@dataclass(frozen=True, slots=True)
class DialNumber:
    """Call a number; `url` is a document that its owner hears before the two are joined."""

    number: str
    url: str | None
    send_digits: str
    status_callback: str | None
    status_callback_events: frozenset[str]
    method: str = "POST"
    status_callback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class DialConference:
    """Join a conference by its name."""

    name: str
    muted: bool
    start_on_enter: bool
    end_on_exit: bool
    max_participants: int
    wait_url: str | None
    coach: str
    """Call SID of the participant who alone hears this one; empty for none."""
    label: str
    record: bool
    recording_callback: str | None
    status_callback: str | None
    status_callback_events: frozenset[str]
    wait_method: str = "POST"
    beep: str = "true"
    """true, false, onEnter or onExit."""
    status_callback_method: str = "POST"
    recording_callback_method: str = "POST"
    recording_events: frozenset[str] = frozenset({"completed"})
    trim: bool = True


@dataclass(frozen=True, slots=True)
class Dial:
    """Join the call with a number (the first of several to answer), or with a conference."""

    to: tuple[DialNumber, ...] | DialConference
    action: str | None
    method: str
    timeout_s: int
    time_limit_s: int
    caller_id: str | None
    answer_on_bridge: bool
    hangup_on_star: bool
    record: RecordingWish | None


Verb = (
    Say
    | Play
    | PlaySound
    | Pause
    | Hangup
    | Reject
    | Redirect
    | ConnectStream
    | StartStream
    | StopStream
    | StartRecording
    | Record
    | Gather
    | Dial
)
