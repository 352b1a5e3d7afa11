"""The carrier's media stream, Sans-I/O: text messages in, events out, and back again.

Wire format: Twilio Media Streams, https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

SAMPLE_RATE = 8000
ENCODING = "audio/x-mulaw"


class StreamError(Exception):
    """The media stream cannot carry this call."""


class UnsupportedMedia(StreamError):
    """The stream is not mono mu-law at 8 kHz."""

    def __init__(self, media_format: object) -> None:
        super().__init__(f"media format {media_format!r} is not {ENCODING} {SAMPLE_RATE}/1")


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket speaks the stream protocol; nothing is known of the call yet."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream is bound to a call."""

    stream_sid: str
    call_sid: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Media:
    """Inbound mu-law audio; `timestamp_ms` is that of its first sample, from stream start.

    `chunk` numbers the callee's packets from 1; 0 where the carrier gave no number.
    """

    timestamp_ms: int
    ulaw: bytes
    chunk: int = 0


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark came back: played, or thrown out by a clear."""

    name: str


@dataclass(frozen=True, slots=True)
class Dtmf:
    """The callee pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The carrier says that the stream, and mostly the call, is over."""


Event = Connected | Started | Media | Marked | Dtmf | Stopped


class StreamProtocol:
    """One stream. `receive` raises nothing but `UnsupportedMedia`; bad messages are counted.

    `malformed` counts messages that are broken or belong to another stream, `ignored` those of
    an unknown kind or of a track that is not the callee's.
    """

    def __init__(self) -> None:
        self.stream_sid = ""
        self.malformed = 0
        self.ignored = 0
        self._heard_until_ms = 0
        """Where sound belongs that comes without a timestamp: behind what came before."""
        self._readers: dict[str, Callable[[dict[str, Any]], Event | None]] = {
            "media": self._media,
            "mark": lambda m: Marked(str(m["mark"]["name"])),
            "dtmf": lambda m: Dtmf(str(m["dtmf"]["digit"])),
            "start": self._start,
            "connected": lambda _: Connected(),
            "stop": lambda _: Stopped(),
        }

    def receive(self, message: str) -> Event | None:
        """The event that a message means; None when it means nothing to this call.

        Raises `UnsupportedMedia` when the stream announces another codec, rate or channel count.
        """
        try:
            parsed = orjson.loads(message)
            reader = self._readers.get(parsed["event"])
            if reader is None:
                self.ignored += 1
                return None
            if self.stream_sid and parsed.get("streamSid", self.stream_sid) != self.stream_sid:
                self.malformed += 1
                return None
            return reader(parsed)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.malformed += 1
            return None

    def _start(self, message: dict[str, Any]) -> Event | None:
        if self.stream_sid:
            self.ignored += 1
            return None
        start = message["start"]
        media_format = start["mediaFormat"]
        if not _is_telephone_audio(media_format):
            raise UnsupportedMedia(media_format)
        stream_sid = str(start.get("streamSid") or message["streamSid"])
        if not stream_sid.isalnum():
            raise ValueError(stream_sid)
        self.stream_sid = stream_sid
        parameters = {str(k): str(v) for k, v in (start.get("customParameters") or {}).items()}
        return Started(self.stream_sid, str(start["callSid"]), parameters)

    def _media(self, message: dict[str, Any]) -> Event | None:
        media = message["media"]
        if media.get("track", "inbound") != "inbound":
            self.ignored += 1
            return None
        ulaw, chunk = binascii.a2b_base64(media["payload"]), int(media.get("chunk", 0))
        timestamp_ms = int(media.get("timestamp", self._heard_until_ms))
        if timestamp_ms < 0 or chunk < 0:
            self.malformed += 1
            return None
        self._heard_until_ms = timestamp_ms + len(ulaw) * 1000 // SAMPLE_RATE
        return Media(timestamp_ms, ulaw, chunk)

    def media(self, ulaw: bytes) -> str:
        """The message that appends mu-law audio of any length to the carrier's play-out buffer."""
        payload = binascii.b2a_base64(ulaw, newline=False).decode()
        return (
            f'{{"event":"media","streamSid":"{self.stream_sid}","media":{{"payload":"{payload}"}}}}'
        )

    def mark(self, name: str) -> str:
        """The message that asks to be told when all audio before it was played."""
        return orjson.dumps(
            {"event": "mark", "streamSid": self.stream_sid, "mark": {"name": name}}
        ).decode()

    def clear(self) -> str:
        """The message that empties the carrier's play-out buffer; pending marks come back."""
        return orjson.dumps({"event": "clear", "streamSid": self.stream_sid}).decode()


def _is_telephone_audio(media_format: object) -> bool:
    return (
        isinstance(media_format, dict)
        and media_format.get("encoding") == ENCODING
        and str(media_format.get("sampleRate")) == str(SAMPLE_RATE)
        and str(media_format.get("channels")) == "1"
    )
