"""The twin's own clock: wall time, optionally shifted, in the formats that the carrier writes."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is; an aware datetime in UTC."""

    def now(self) -> datetime:
        """The present moment as the carrier reports it."""


class ShiftedClock:
    """The wall clock moved by a constant, so that a demo can run in business hours."""

    def __init__(self, shift_s: float = 0.0) -> None:
        self._shift = timedelta(seconds=shift_s)

    def now(self) -> datetime:
        """Wall time plus the shift."""
        wall_s = time.time()  # noqa: TID251 - the twin is a foreign party with a clock of its own
        return datetime.fromtimestamp(wall_s, UTC) + self._shift


def rfc2822(moment: datetime | None) -> str | None:
    """`Tue, 31 Aug 2010 20:36:28 +0000`, or None."""
    return None if moment is None else format_datetime(moment)


def iso_nanoseconds(moment: datetime) -> str:
    """`2024-11-29T00:09:39.602648000Z`, as in stream status callbacks."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
