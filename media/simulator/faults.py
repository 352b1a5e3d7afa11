"""Troubles on demand: what the next REST requests and webhooks are to suffer."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_CREATE = "/Calls.json"


class RestFault(StrEnum):
    """What happens to one request."""

    TOO_MANY = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"
    TOO_MANY_CALLS = "10004"
    TIMEOUT = "timeout"
    """It is carried out, but the answer never comes."""
    LOST = "lost"
    """It is carried out, then the connection breaks before the answer."""
    REFUSE = "refuse"
    """The connection breaks before anything was done."""


class Told(StrEnum):
    """What a webhook tells, for choosing which ones suffer. Requests for TwiML never do."""

    STATUS = "status"
    STREAM = "stream"
    DETECTION = "detection"
    RECORDING = "recording"
    CONFERENCE = "conference"
    ACTION = "action"
    """The last word of a verb that a hang-up cut off."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A fault of requests of one method whose path holds `path`."""

    method: str
    path: str
    kind: RestFault


@dataclass(slots=True)
class Faults:
    """Counters run down with use; the other fields stay until they are set again."""

    creates: deque[RestFault] = field(default_factory=deque)
    rest: list[Aim] = field(default_factory=list)
    lose: int = 0
    duplicate: int = 0
    reverse: bool = False
    delay_ms: int = 0
    kinds: frozenset[Told] = frozenset({Told.STATUS})
    call: str | None = None
    """Only the webhooks of this call suffer; None for those of all."""

    def next_rest(self, method: str, path: str) -> RestFault | None:
        """The fault of the request that came just now."""
        if method == "POST" and path.endswith(_CREATE) and self.creates:
            return self.creates.popleft()
        for aim in self.rest:
            if aim.method == method and aim.path in path:
                self.rest.remove(aim)
                return aim.kind
        return None

    def suffers(self, told: Told, call_sid: str) -> bool:
        """Whether a webhook is one of those that troubles are meant for."""
        return told in self.kinds and self.call in (None, call_sid)

    def copies(self) -> int:
        """How many times the next webhook that suffers is sent: 0 lost, 1, or 2."""
        if self.lose > 0:
            self.lose -= 1
            return 0
        if self.duplicate > 0:
            self.duplicate -= 1
            return 2
        return 1

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Take what `json` shows, or parts of it; an entry of a list may have a `count`.

        Raises ValueError, KeyError, TypeError on anything that makes no sense.
        """
        webhooks = dict(wanted.get("webhooks", {}))
        known = {"lose", "duplicate", "reverse", "delay_ms", "kinds", "call"}
        unknown = wanted.keys() - {"create", "rest", "webhooks"} | webhooks.keys() - known
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        for entry in wanted.get("create", []):
            self.creates.extend([RestFault(str(entry["kind"]))] * int(entry.get("count", 1)))
        for entry in wanted.get("rest", []):
            aim = Aim(str(entry["method"]), str(entry["path"]), RestFault(str(entry["kind"])))
            self.rest.extend([aim] * int(entry.get("count", 1)))
        self.lose = int(webhooks.get("lose", self.lose))
        self.duplicate = int(webhooks.get("duplicate", self.duplicate))
        self.reverse = bool(webhooks.get("reverse", self.reverse))
        self.delay_ms = int(webhooks.get("delay_ms", self.delay_ms))
        self.kinds = frozenset(Told(str(one)) for one in webhooks.get("kinds", self.kinds))
        self.call = webhooks.get("call", self.call)

    def clear(self) -> None:
        """No troubles any more."""
        self.creates.clear()
        self.rest.clear()
        self.lose = self.duplicate = self.delay_ms = 0
        self.reverse = False
        self.kinds, self.call = frozenset({Told.STATUS}), None

    def json(self) -> dict[str, object]:
        """What is still to come."""
        return {
            "create": [fault.value for fault in self.creates],
            "rest": [
                {"method": aim.method, "path": aim.path, "kind": aim.kind.value}
                for aim in self.rest
            ],
            "webhooks": {
                "lose": self.lose,
                "duplicate": self.duplicate,
                "reverse": self.reverse,
                "delay_ms": self.delay_ms,
                "kinds": sorted(self.kinds),
                "call": self.call,
            },
        }
