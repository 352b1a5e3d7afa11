"""The circuit breaker of a campaign: many failed calls open it, good probes close it again.

A failure is a call that the carrier or our own side spoiled; a busy line is a success.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class Circuit(StrEnum):
    """`closed` lets all calls through, `half_open` one at a time, `open` none."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the last `window` calls at least `least` and at least `share` failed: it opens."""

    window: int = 20
    least: int = 8
    share: float = 0.5
    probes: int = 3
    first_cooldown: timedelta = timedelta(minutes=5)
    longest_cooldown: timedelta = timedelta(hours=1)


DEFAULT = Thresholds()


@dataclass(frozen=True, slots=True)
class Breaker:
    """`recent` results, newest last, True for success; `probes` that went well in a row.

    `cooldown` is how long the last opening lasted; the next one doubles it.
    """

    circuit: Circuit = Circuit.CLOSED
    recent: tuple[bool, ...] = ()
    probes: int = 0
    cooldown: timedelta = timedelta()


def noted(breaker: Breaker, ok: bool, limits: Thresholds = DEFAULT) -> Breaker:
    """The breaker after a call ended. A result that comes while it is open changes nothing:
    the call was placed before."""
    if breaker.circuit is Circuit.OPEN:
        return breaker
    if breaker.circuit is Circuit.HALF_OPEN:
        return _probed(breaker, ok, limits)
    recent = (*breaker.recent, ok)[-limits.window :]
    failures = recent.count(False)
    if failures >= limits.least and failures >= limits.share * len(recent):
        return _opened(breaker, limits)
    return replace(breaker, recent=recent)


def cooled(breaker: Breaker) -> Breaker:
    """The breaker after its cooldown, or when a person goes on: probes may be placed."""
    if breaker.circuit is not Circuit.OPEN:
        return breaker
    return replace(breaker, circuit=Circuit.HALF_OPEN, probes=0)


def _probed(breaker: Breaker, ok: bool, limits: Thresholds) -> Breaker:
    if not ok:
        return _opened(breaker, limits)
    if breaker.probes + 1 >= limits.probes:
        return Breaker()
    return replace(breaker, probes=breaker.probes + 1)


def _opened(breaker: Breaker, limits: Thresholds) -> Breaker:
    doubled = max(breaker.cooldown * 2, limits.first_cooldown)
    return Breaker(Circuit.OPEN, cooldown=min(doubled, limits.longest_cooldown))
