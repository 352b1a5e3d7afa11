"""Who said what last: the live feed folded into a few lines, one follower per viewer."""

from collections import deque
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis

from dialer.live import LiveCalls

KEPT = 24
SPEAKERS = {"heard": "callee", "said": "agent"}
CALL_WORDS = {"in-progress": "answered", "ready": "agent ready", "placed": "dialed"}


@dataclass(frozen=True, slots=True)
class Words:
    """The latest words of a call; `speaker` is `agent` or `callee`."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the feed in words; `kind` is heard, said, call, state or recorded."""

    attempt_id: str
    kind: str
    text: str


class LiveWords:
    """Follows the feed from its kept beginning. `live` is False while Redis cannot be read."""

    def __init__(self, calls: LiveCalls) -> None:
        self._calls = calls
        self._position = "0"
        self._told: deque[Told] = deque(maxlen=KEPT)
        self.last: dict[str, Words] = {}
        self.live = True

    @property
    def told(self) -> tuple[Told, ...]:
        """The latest events, newest first."""
        return tuple(reversed(self._told))

    def follow(self, wait_ms: int = 1) -> bool:
        """Take in what is new, waiting up to `wait_ms` for it; True when something was."""
        try:
            events = list(self._calls.feed(self._position, wait_ms))
            self.live = True
        except redis.RedisError:
            events, self.live = [], False
        for position, event in events:
            self._position = position
            self.take(event)
        return bool(events)

    def take(self, event: dict[str, Any]) -> None:
        """Fold one event in; what is not understood is left out."""
        attempt_id, kind = str(event.get("attempt_id", "")), str(event.get("kind", ""))
        if not _is_uuid(attempt_id):
            return
        text = _text(kind, event)
        if kind in SPEAKERS and text:
            self.last[attempt_id] = Words(SPEAKERS[kind], text)
        if kind == "recorded":
            self.last.pop(attempt_id, None)
        if text:
            self._told.append(Told(attempt_id, kind, text))


def _text(kind: str, event: dict[str, Any]) -> str:
    """What is shown of an event; empty for one that is of no interest to people."""
    if kind in SPEAKERS:
        return str(event.get("text", "")).strip()
    if kind == "call":
        state = str(event.get("state", ""))
        return CALL_WORDS.get(state, state).replace("_", " ").replace("-", " ")
    if kind == "recorded":
        return str(event.get("disposition", "")).replace("_", " ")
    return ""


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
