"""The carrier's side of a bidirectional media stream, without I/O: builds and reads messages.

Key names, string types and the order of keys are those of captured traffic.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SAMPLE_RATE = 8000
_SHAPES: dict[str, frozenset[str]] = {
    "media": frozenset({"event", "streamSid", "media"}),
    "mark": frozenset({"event", "streamSid", "mark"}),
    "clear": frozenset({"event", "streamSid"}),
}


@dataclass(frozen=True, slots=True)
class Media:
    """Sound to play: mu-law, 8 kHz, any length."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Tell me when everything before this was played."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Throw away what waits to be played."""


class ProtocolViolation(Exception):
    """The server sent something that the protocol does not know; `code` is the carrier's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@lru_cache(maxsize=8192)
def _base64(frame: bytes) -> str:
    return base64.b64encode(frame).decode("ascii")


def parse(text: str, stream_sid: str) -> Media | Mark | Clear:
    """Read one message of the server. Raises `ProtocolViolation` (31951)."""
    try:
        message = json.loads(text)
    except ValueError:
        raise ProtocolViolation(31951, "not JSON") from None
    if not isinstance(message, dict):
        raise ProtocolViolation(31951, "not an object")
    event = message.get("event")
    shape = _SHAPES.get(event) if isinstance(event, str) else None
    if shape is None:
        raise ProtocolViolation(31951, f"unknown event {event!r}")
    if message.keys() != shape:
        raise ProtocolViolation(31951, f"{event}: fields must be {', '.join(sorted(shape))}")
    if message["streamSid"] != stream_sid:
        raise ProtocolViolation(31951, "wrong streamSid")
    if event == "media":
        return Media(_payload(_field(message["media"], "payload")))
    return Mark(_field(message["mark"], "name")) if event == "mark" else Clear()


def _field(body: Any, name: str) -> str:
    if not isinstance(body, dict) or body.keys() != {name} or not isinstance(body[name], str):
        raise ProtocolViolation(31951, f"must be an object with the one text {name}")
    return str(body[name])


def _payload(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ProtocolViolation(31951, "payload is not base64") from None


class Messages:
    """Builds the messages of one stream; `sequenceNumber`, and `chunk` of each track, count by
    themselves."""

    def __init__(
        self,
        account_sid: str,
        call_sid: str,
        stream_sid: str,
        offset_ms: int,
        tracks: tuple[str, ...] = ("inbound",),
    ) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._stream_sid = stream_sid
        self._offset_ms = offset_ms
        self._sequence = 0
        self._chunks = dict.fromkeys(tracks, 0)

    def _next(self) -> str:
        self._sequence += 1
        return str(self._sequence)

    def connected(self) -> str:
        """The first message; it has no sequence number."""
        return _json({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: dict[str, str]) -> str:
        """Who calls, in what format, with the `<Parameter>`s of the TwiML."""
        start = {
            "accountSid": self._account_sid,
            "streamSid": self._stream_sid,
            "callSid": self._call_sid,
            "tracks": list(self._chunks),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": SAMPLE_RATE, "channels": 1},
            "customParameters": parameters,
        }
        return self._message("start", start=start)

    def media(self, frame: bytes, wobble_ms: int = 0, track: str = "inbound") -> str:
        """20 ms of a track; timestamp = offset + 20 ms per chunk + `wobble_ms`."""
        before = self._chunks[track]
        self._chunks[track] = before + 1
        timestamp = self._offset_ms + 20 * before + wobble_ms
        return (
            f'{{"event":"media","sequenceNumber":"{self._next()}","media":{{"track":"{track}",'
            f'"chunk":"{before + 1}","timestamp":"{timestamp}","payload":"{_base64(frame)}"}},'
            f'"streamSid":"{self._stream_sid}"}}'
        )

    def mark(self, name: str) -> str:
        """Everything before the mark was played, or thrown away."""
        return self._message("mark", mark={"name": name})

    def dtmf(self, digit: str) -> str:
        """The callee pressed a key."""
        body = {"track": "inbound_track", "digit": digit}
        return self._message("dtmf", dtmf=body)

    def unknown(self) -> str:
        """Something that the documentation does not know; a customer has to live with it."""
        return self._message("weather", weather={"sky": "clear"})

    def stop(self) -> str:
        """The last message."""
        return self._message(
            "stop", stop={"accountSid": self._account_sid, "callSid": self._call_sid}
        )

    def _message(self, event: str, **body: object) -> str:
        head = {"event": event, "sequenceNumber": self._next()}
        return _json({**head, **body, "streamSid": self._stream_sid})


def _json(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))
