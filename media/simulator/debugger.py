"""The carrier's debugger: errors and warnings that no REST answer carries."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from media.simulator.clock import Clock, rfc2822


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the debugger."""

    code: int
    call_sid: str | None
    text: str
    at: datetime


class Debugger:
    """Keeps the last alerts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alerts: deque[Alert] = deque(maxlen=2000)

    def alert(self, code: int, text: str, call_sid: str | None = None) -> None:
        """Note an error or warning with the carrier's code."""
        self._alerts.append(Alert(code, call_sid, text, self._clock.now()))

    def codes(self, call_sid: str | None = None) -> list[int]:
        """Codes in order, of one call or of all."""
        return [a.code for a in self._alerts if call_sid in (None, a.call_sid)]

    def json(self) -> list[dict[str, object]]:
        """All alerts as JSON values."""
        return [
            {"code": a.code, "call_sid": a.call_sid, "text": a.text, "at": rfc2822(a.at)}
            for a in self._alerts
        ]
