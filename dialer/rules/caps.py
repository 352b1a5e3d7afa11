"""How often a number may be dialed: caps over rolling windows of hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.rules.law import Cap, Rule


@dataclass(frozen=True, slots=True)
class Capped:
    """The cap that holds longest, whose it is, and the first moment at which it lets go."""

    rule_id: str
    cap: Cap
    until: datetime


def capped_until(dialed: Sequence[datetime], caps: Iterable[Cap], now: datetime) -> datetime | None:
    """The first moment at which one more dial breaks no cap; None when that is now.

    `dialed` are the dials to the number so far in any order (aware). A cap of n per h hours holds
    over every half-open window [t, t + h): a dial made exactly h hours ago no longer counts.
    """
    holds = (_free_at(dialed, cap) for cap in caps)
    return max((at for at in holds if at and at > now), default=None)


def capped_by(dialed: Sequence[datetime], rules: Iterable[Rule], now: datetime) -> Capped | None:
    """The rule and cap that hold longest, for the reason that a person reads; None when none."""
    found = [
        Capped(rule.rule_id, cap, until)
        for rule in rules
        for cap in rule.caps
        if (until := capped_until(dialed, (cap,), now))
    ]
    return max(found, key=lambda capped: capped.until, default=None)


def _free_at(dialed: Sequence[datetime], cap: Cap) -> datetime | None:
    """When the last but `count - 1` dial has left the window; None with fewer dials."""
    if len(dialed) < cap.count:
        return None
    return sorted(dialed, reverse=True)[cap.count - 1] + timedelta(hours=cap.hours)
