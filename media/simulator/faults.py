"""Troubles on demand: what the next creates and status callbacks are to suffer."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CreateFault(StrEnum):
    """What happens to one `POST Calls.json`."""

    TOO_MANY = "429"
    BROKEN = "500"
    UNAVAILABLE = "503"
    TOO_MANY_CALLS = "10004"
    TIMEOUT = "timeout"
    """The call is placed but the answer never comes."""
    LOST = "lost"
    """The call is placed, then the connection breaks before the answer."""
    REFUSE = "refuse"
    """The connection breaks before anything was done."""


@dataclass(slots=True)
class Faults:
    """Counters run down with use; `reverse` and `delay_ms` stay until they are set again."""

    creates: deque[CreateFault] = field(default_factory=deque)
    lose: int = 0
    duplicate: int = 0
    reverse: bool = False
    delay_ms: int = 0

    def next_create(self) -> CreateFault | None:
        """The fault of the create that came just now."""
        return self.creates.popleft() if self.creates else None

    def copies(self) -> int:
        """How many times the next status callback is sent: 0 lost, 1, or 2."""
        if self.lose > 0:
            self.lose -= 1
            return 0
        if self.duplicate > 0:
            self.duplicate -= 1
            return 2
        return 1

    def set(self, wanted: dict[str, Any]) -> None:
        """Take `{"create": [{"kind": "429", "count": 2}], "webhooks": {"lose": 1, ...}}`.

        Raises ValueError on anything unknown.
        """
        unknown = wanted.keys() - {"create", "webhooks"}
        webhooks = dict(wanted.get("webhooks", {}))
        unknown |= webhooks.keys() - {"lose", "duplicate", "reverse", "delay_ms"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        for entry in wanted.get("create", []):
            kind = CreateFault(str(entry["kind"]))
            self.creates.extend([kind] * int(entry.get("count", 1)))
        self.lose = int(webhooks.get("lose", self.lose))
        self.duplicate = int(webhooks.get("duplicate", self.duplicate))
        self.reverse = bool(webhooks.get("reverse", self.reverse))
        self.delay_ms = int(webhooks.get("delay_ms", self.delay_ms))

    def clear(self) -> None:
        """No troubles any more."""
        self.creates.clear()
        self.lose = self.duplicate = self.delay_ms = 0
        self.reverse = False

    def json(self) -> dict[str, object]:
        """What is still to come."""
        return {
            "create": [fault.value for fault in self.creates],
            "webhooks": {
                "lose": self.lose,
                "duplicate": self.duplicate,
                "reverse": self.reverse,
                "delay_ms": self.delay_ms,
            },
        }
