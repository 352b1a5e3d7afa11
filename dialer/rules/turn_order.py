"""Whose turn it is: which campaign's lead takes the next line.

Campaigns that hold less than their weighted share of the lines come first (work conserving: a
line that nobody else wants goes to whoever has leads). Among those the locality that closes
soonest is dialed first (earliest deadline first, Liu and Layland 1973, doi:10.1145/321738.321743),
then callbacks that are due, then priority, then the lead that is due longest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due lead: when its locality closes, and what else decides on its turn."""

    lead_id: int
    campaign_id: int
    closes_at: datetime
    callback: bool
    priority: tuple[int, int]
    due_at: datetime

    @property
    def rank(self) -> tuple[datetime, bool, int, int, datetime, int]:
        """Smaller goes first."""
        campaign, lead = self.priority
        return (self.closes_at, not self.callback, -campaign, -lead, self.due_at, self.lead_id)


@dataclass(frozen=True, slots=True)
class Share:
    """A campaign's claim to the lines: its weight, its own limit, and the lines it holds."""

    weight: int
    limit: int
    active: int


class TurnOrder:
    """Hands out turns one by one; each turn counts as a line until it is handed back.

    `queues` holds each campaign's candidates, best first.
    """

    def __init__(
        self,
        queues: Mapping[int, Sequence[Candidate]],
        shares: Mapping[int, Share],
        lines: int,
    ) -> None:
        self._queues = {key: list(reversed(queue)) for key, queue in queues.items() if queue}
        self._shares = shares
        self._active = {key: shares[key].active for key in self._queues}
        self._lines = lines

    def take(self) -> Candidate | None:
        """The next candidate, removed from its queue; None when nobody may have a line."""
        able = [key for key in self._queues if self._active[key] < self._shares[key].limit]
        if not able:
            return None
        weights = sum(self._shares[key].weight for key in able)
        behind = [
            key
            for key in able
            if self._active[key] * weights < self._shares[key].weight * self._lines
        ]
        chosen = min(behind or able, key=lambda key: self._queues[key][-1].rank)
        candidate = self._queues[chosen].pop()
        self._active[chosen] += 1
        if not self._queues[chosen]:
            del self._queues[chosen]
        return candidate

    def unused(self, campaign_id: int) -> None:
        """A turn of this campaign took no line after all."""
        self._active[campaign_id] -= 1

    def drop(self, campaign_id: int) -> None:
        """Nothing more of this campaign can be dialed in this pass."""
        self._queues.pop(campaign_id, None)
