"""The requests that were made for a call, and what the customer answered."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime

_KEPT = 200


@dataclass(slots=True)
class Exchanged:
    """One request; `status` None while, and when, there is no answer."""

    url: str
    method: str
    parameters: dict[str, str]
    at: datetime
    status: int | None = None
    content_type: str = ""
    body: str = ""
    duration_ms: int = 0
    failed: str = ""


class Exchanges:
    """Keeps the last requests of each call."""

    def __init__(self) -> None:
        self._of_call: defaultdict[str, deque[Exchanged]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def note(self, call_sid: str, exchanged: Exchanged) -> None:
        """A request goes out."""
        self._of_call[call_sid].append(exchanged)

    def of(self, call_sid: str) -> list[Exchanged]:
        """In the order in which they went out."""
        return list(self._of_call.get(call_sid, ()))

    def forget(self, call_sid: str) -> None:
        """The call was deleted."""
        self._of_call.pop(call_sid, None)
