"""What the account was billed: lines by category and day, which outlive their calls; no I/O."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from media.simulator.account import Account
from media.simulator.records.call import Call


class Billed(StrEnum):
    """The categories of usage that something is billed in; none is a part of another."""

    OUTBOUND = "calls-outbound"
    STREAMS = "calls-media-stream-minutes"
    DETECTION = "answering-machine-detection"
    RECORDINGS = "calls-recordings"


@dataclass(slots=True)
class Sum:
    """Of one category: how often, how much (minutes or calls), US dollars (positive)."""

    count: int = 0
    usage: int = 0
    price: Decimal = Decimal(0)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.count + other.count, self.usage + other.usage, self.price + other.price)


@dataclass(slots=True)
class Bill:
    """Sums by day (UTC) and category."""

    total: Decimal = Decimal(0)
    _days: dict[date, dict[Billed, Sum]] = field(default_factory=dict)

    def add(self, category: Billed, at: datetime, usage: int, price: Decimal) -> None:
        """One thing more; `usage` as the category counts it, `price` in US dollars."""
        day = self._days.setdefault(at.astimezone(UTC).date(), defaultdict(Sum))
        day[category] += Sum(1, usage, price)
        self.total += price

    def between(self, category: Billed, first: date, last: date) -> Sum:
        """Of all days from `first` to `last`, both included."""
        days = (one for day, one in self._days.items() if first <= day <= last)
        return sum((day[category] for day in days if category in day), Sum())

    def first_day(self) -> date | None:
        """On which something was billed."""
        return min(self._days, default=None)


def lines(call: Call, account: Account) -> Iterator[tuple[Billed, int, Decimal]]:
    """Category, usage and price of all that a settled call costs; minutes are started ones.

    Each product is rounded up by itself, and an unanswered call costs nothing (Twilio).
    """
    minutes = call.billed_minutes
    if call.price is None:
        return
    yield Billed.OUTBOUND, minutes, -call.price
    if call.streamed:
        yield Billed.STREAMS, minutes, minutes * account.stream_per_minute
    if call.answered_by is not None:
        yield Billed.DETECTION, 1, account.detection_per_call
