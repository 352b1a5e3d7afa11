"""What a running program needs of its call: the customer's server, streams, recordings, others."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from media.simulator.hearing import Heard, understand
from media.simulator.records.recording import Recording, RecordingSource, RecordingWish
from media.simulator.twiml.verbs import ConnectStream, Dial, StartStream
from media.simulator.webhooks.sender import Answer


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document comes from: given text, or an address to ask.

    `more` are fields beside those of every voice request. Relative addresses in a given text have
    nothing to be relative to.
    """

    text: str | None = None
    url: str = ""
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    more: Mapping[str, str] = field(default_factory=dict)


class ActiveRecording(Protocol):
    """A recording that is being made of the call."""

    def stop(self) -> Recording:
        """End it; what follows of it (length, callback) the recorder does by itself."""


def _unsaid(action: str, method: str, fields: Mapping[str, str]) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ways out of a program. All addresses in verbs are absolute when they get here."""

    fetch: Callable[[str, str, Mapping[str, str]], Awaitable[Answer]]
    """(url, method, more fields): a document. Raises `WebhookFailed`."""
    sound: Callable[[str], Awaitable[Answer]]
    """A sound file. Raises `WebhookFailed`."""
    alert: Callable[[int, str], None]
    stream: Callable[[ConnectStream], Awaitable[Mapping[str, str]]]
    """Relays until the stream ends; the fields that its action is told."""
    fork: Callable[[StartStream], object]
    """Starts a one-way stream, which outlives the program."""
    join: Callable[[str], None]
    """Ends the one-way stream of that name."""
    voice: str
    """The local voice of `<Say>` without a voice of its own."""
    recording: Callable[[RecordingSource, RecordingWish], ActiveRecording] | None = None
    recording_url: Callable[[Recording], str] = lambda recording: recording.sid
    dial: Callable[[Dial], Awaitable[Mapping[str, str] | None]] | None = None
    """Joins the call with somebody until one of them leaves; the fields that its action is told
    (`DialCallStatus` and so on), None to go on with the next verb. Cancelled when the call ends or
    gets another document."""
    last_word: Callable[[str, str, Mapping[str, str]], None] = _unsaid
    """(action, method, fields) of a verb that the call's end cut off, sent in the background; does
    nothing when the call goes on with another document."""
    understand: Callable[[bytes, Sequence[str]], Awaitable[Heard]] = understand
