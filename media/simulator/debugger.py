"""The carrier's debugger: errors and warnings that no REST answer carries."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from media.simulator.clock import Clock, rfc2822
from media.simulator.sids import sid_of

_WARNINGS = {12200, 20001, 21262, 21263, 31931, 31950, 31951, 32019}


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the debugger; the REST face shows it as a notification."""

    sid: str
    code: int
    call_sid: str | None
    text: str
    at: datetime

    @property
    def error(self) -> bool:
        """Whether it is an error; the rest are warnings."""
        return self.code not in _WARNINGS


class Debugger:
    """Keeps the last alerts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self._alerts: deque[Alert] = deque(maxlen=2000)

    def alert(self, code: int, text: str, call_sid: str | None = None) -> None:
        """Note an error or warning with the carrier's code."""
        self._count += 1
        sid = sid_of("NO", str(self._count))
        self._alerts.append(Alert(sid, code, call_sid, text, self._clock.now()))

    def alerts(self, call_sid: str | None = None) -> list[Alert]:
        """In order, of one call or of all."""
        return [alert for alert in self._alerts if call_sid in (None, alert.call_sid)]

    def codes(self, call_sid: str | None = None) -> list[int]:
        """Codes in order, of one call or of all."""
        return [alert.code for alert in self.alerts(call_sid)]

    def json(self) -> list[dict[str, object]]:
        """All alerts as JSON values."""
        return [
            {"code": a.code, "call_sid": a.call_sid, "text": a.text, "at": rfc2822(a.at)}
            for a in self._alerts
        ]
