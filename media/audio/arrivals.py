"""Places what the carrier sends on the time line of the stream: frames, proven gaps, misfits."""

from typing import NamedTuple

from media.audio.g711 import FRAME_BYTES, FRAME_MS, SILENCE
from media.audio.ring import AudioBufferManager

SAMPLES_PER_MS = 8
_TOLERANCE_MS = 15
"""Timestamps wobble by a millisecond or two; a step this much too far is a lost frame."""
_LONGEST_GAP_MS = 5000
_LONGEST_BACK_MS = 1000
_PATIENCE = 25
_LARGEST_FRAMES = 500
"""Ten seconds in one message are no telephone call."""


class Placed(NamedTuple):
    """20 ms of mu-law whose first sample is `at_samples` of the stream; None was lost."""

    at_samples: int
    ulaw: bytes | None


class Arrivals:
    """One per stream. Nothing waits for a play-out clock: what is complete is given at once.

    Samples are counted on from the first message, so the wobble of timestamps does not matter; a
    step forward beyond it proves a gap, a step back a packet that came twice or too late, and an
    absurd step either way that the stream counts anew. `sequence` numbers the callee's packets;
    0 is unknown.
    """

    def __init__(self) -> None:
        self._buffer = AudioBufferManager(_LARGEST_FRAMES)
        self._begun = 0
        self._next: int | None = None
        self._sequence = 0
        self._refused = 0
        self.lost = self.late = self.duplicates = self.malformed = self.resets = 0

    def take(
        self, payload: bytes, timestamp_ms: int, sequence: int = 0, now_ns: int = 0
    ) -> list[Placed]:
        """Mu-law of any length, whose first sample has the timestamp; the frames it completes.

        `now_ns` of any steady clock, for the buffer's statistics.
        """
        if not 0 < len(payload) < _LARGEST_FRAMES * FRAME_BYTES or timestamp_ms < 0:
            self.malformed += 1
            return []
        at = timestamp_ms * SAMPLES_PER_MS
        if self._next is None:
            self._next = at
        step_ms = (at - self._next - self._begun) // SAMPLES_PER_MS
        if self._is_old(step_ms, sequence):
            return []
        self._refused, self._sequence = 0, sequence
        if -_TOLERANCE_MS < step_ms < _TOLERANCE_MS:
            return self._cut(payload, now_ns)
        if not 0 < step_ms <= _LONGEST_GAP_MS:
            self.resets += 1
            self._next, self._begun = at, 0
            self._buffer.clear()
            return self._cut(payload, now_ns)
        return [*self._gap(round(step_ms / FRAME_MS), now_ns), *self._cut(payload, now_ns)]

    def _is_old(self, step_ms: int, sequence: int) -> bool:
        """Was it here before, or given up? Half a second of nothing else is a new count."""
        if self._refused >= _PATIENCE:
            return False
        if sequence and sequence == self._sequence:
            self.duplicates += 1
        elif 0 < sequence < self._sequence or -_LONGEST_BACK_MS <= step_ms <= -_TOLERANCE_MS:
            self.late += 1
        else:
            return False
        self._refused += 1
        return True

    def _gap(self, frames: int, now_ns: int) -> list[Placed]:
        placed = []
        if self._begun:
            placed = self._cut(bytes([SILENCE]) * (FRAME_BYTES - self._begun), now_ns)
        assert self._next is not None
        self.lost += frames
        placed += [Placed(self._next + FRAME_BYTES * n, None) for n in range(frames)]
        self._next += FRAME_BYTES * frames
        return placed

    def _cut(self, payload: bytes, now_ns: int) -> list[Placed]:
        assert self._next is not None
        self._buffer.push(payload, now_ns)
        self._begun = (self._begun + len(payload)) % FRAME_BYTES
        placed = []
        for _ in range(len(self._buffer)):
            frame = self._buffer.pop(now_ns)
            placed.append(Placed(self._next, bytes(frame) if frame is not None else None))
            self._next += FRAME_BYTES
        return placed
