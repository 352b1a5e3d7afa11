"""When the messages of a stream arrive at the customer: at once, or as a bad network has it."""

from random import Random  # noqa: TID251 - seeded by the callee's `Impairments`

from media.simulator.impairments import Impairments

_MS = 1000.0
_NUISANCE = 0.02
"""Share of beats at which an unknown event comes along, where that is wanted."""


class Arrivals:
    """One per stream; pure. Times are seconds of one steady clock, given in rising order.

    The messages travel over one connection: what is sent later never arrives sooner.
    """

    def __init__(self, impairments: Impairments, started_s: float) -> None:
        self._wanted = impairments
        self._rng = Random(impairments.seed)
        self._started_s = started_s
        self._latest_s = started_s
        self._next_stall_s = self._after(started_s)

    def media(self, at_s: float, sent_ms: int) -> tuple[float, ...]:
        """When the copies of one frame arrive, of which `sent_ms` of sound were before it.

        Empty when it is lost.
        """
        wanted, rng = self._wanted, self._rng
        lost, twice = rng.random() < wanted.loss, rng.random() < wanted.duplicates
        if lost or sent_ms < wanted.lose_first_ms:
            return ()
        arrival = self.message(at_s)
        return (arrival, arrival) if twice else (arrival,)

    def message(self, at_s: float) -> float:
        """When something that is never lost arrives."""
        late_s = self._rng.uniform(0, self._wanted.jitter_ms) / _MS
        self._latest_s = max(self._latest_s, at_s + late_s, self._stalled_until(at_s))
        return self._latest_s

    def nuisance(self) -> bool:
        """Whether a message that nobody knows comes now as well."""
        return self._wanted.unknown_events and self._rng.random() < _NUISANCE

    def broken(self, at_s: float) -> bool:
        """Whether the connection has broken by now."""
        limit_ms = self._wanted.reset_after_ms
        return limit_ms is not None and at_s - self._started_s >= limit_ms / _MS

    def _stalled_until(self, at_s: float) -> float:
        if self._next_stall_s is None or at_s < self._next_stall_s:
            return at_s
        end_s = self._next_stall_s + self._rng.uniform(*self._wanted.stall_ms) / _MS
        self._next_stall_s = self._after(end_s)
        return end_s

    def _after(self, end_s: float) -> float | None:
        """When the next stall begins; at random moments of the given mean distance."""
        if self._wanted.stall_every_s <= 0:
            return None
        return end_s + self._rng.expovariate(1 / self._wanted.stall_every_s)
