"""How badly one stream's messages fare between the carrier and its customer."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

STALL_MS = (200, 2000)


@dataclass(frozen=True, slots=True)
class Impairments:
    """Of the media that the carrier sends; as it stands, nothing happens.

    Timestamps stay those of the line while the messages come late, and what is not lost comes in
    order. All chance is from a generator seeded with `seed`.
    """

    jitter_ms: int = 0
    """Each message comes 0 to this much late."""
    stall_every_s: float = 0.0
    """Mean time from the end of a stall to the next one; 0 for none."""
    stall_ms: tuple[int, int] = STALL_MS
    """Least and most that a stall holds messages back, which then come all at once."""
    loss: float = 0.0
    """Share of media messages that never come, 0 to 1."""
    duplicates: float = 0.0
    """Share of media messages that come twice, 0 to 1."""
    lose_first_ms: int = 0
    """So much sound at the begin of a stream never comes."""
    reset_after_ms: int | None = None
    """The connection breaks so long after the stream's start, without a close."""
    stop: bool = True
    """Whether the stream ends with its `stop` message."""
    unknown_events: bool = False
    """Whether messages of a kind that nobody knows come in between."""
    seed: int = 0

    @property
    def any(self) -> bool:
        """Whether anything happens at all."""
        return self != Impairments(stall_ms=self.stall_ms, seed=self.seed)


UNIMPAIRED = Impairments()


def impairments(told: Mapping[str, Any]) -> Impairments:
    """From JSON, with the names of the fields. Raises ValueError, TypeError."""
    known = {one.name: one for one in fields(Impairments)}
    if unknown := told.keys() - known.keys():
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    taken = dict(told)
    if "stall_ms" in taken:
        least, most = taken["stall_ms"]
        taken["stall_ms"] = (int(least), int(most))
    return Impairments(**taken)
