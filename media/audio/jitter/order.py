"""Where in the stream a packet belongs, from wrapping timestamps and sequence numbers."""

from enum import Enum, auto
from typing import NamedTuple

FRAME_MS = 20.0
NOT_NEXT = -1
_STAMP_MASK, _STAMP_HALF = 0xFFFF_FFFF, 0x8000_0000
_SEQUENCE_MASK, _SEQUENCE_HALF = 0xFFFF, 0x8000
_FURTHEST_AHEAD = 250
_FURTHEST_BACK = 50
"""Frames: 5 s forward is a gap, 1 s back a late packet; beyond them the stream counts anew."""
_EARLY_FRAMES = 3
"""So much faster than the fastest so far may a packet have been."""
_REMEMBERED = (1 << (_FURTHEST_BACK + 1)) - 1


class Order(Enum):
    """What a packet is to the ones before it."""

    NEXT = auto()
    AHEAD = auto()
    PAUSED = auto()
    """Ahead in time and next in sequence: the sender was silent between (DTX)."""
    REORDERED = auto()
    DUPLICATE = auto()
    RESET = auto()
    """Its timestamp makes no sense after the others: it is taken for the next one."""


class Place(NamedTuple):
    """`slot` numbers the 20 ms frames from the first packet on; an older one may be below 0."""

    slot: int
    order: Order


class PacketOrder:
    """One per stream. Timestamps wrap at 32 bits, sequence numbers at 16 (RFC 3550).

    Steps are rounded to whole frames, so timestamps may wobble by just under half a frame.
    Counters that never wrap, as a carrier's in JSON, are served as well; a stream without
    sequence numbers gives 0 throughout.
    """

    __slots__ = ("_received", "_sequence", "_stamp", "_ticks", "newest")

    def __init__(self, ticks_per_frame: int) -> None:
        self._ticks = ticks_per_frame
        self._received = self._stamp = self._sequence = 0
        self.newest = -1

    def follow(self, timestamp: int, sequence: int) -> int:
        """The slot of a packet that plainly follows; `NOT_NEXT` for one that `place` must judge."""
        if timestamp - self._stamp != self._ticks or not self._received:
            return NOT_NEXT
        self._stamp, self._sequence = timestamp, sequence
        self._received = (self._received << 1 | 1) & _REMEMBERED
        self.newest += 1
        return self.newest

    def place(self, timestamp: int, sequence: int, sent_ms: float) -> Place:
        """Any packet. `sent_ms`: how long after slot 0 it can have been sent at the latest.

        A packet that claims to be later than that has a broken timestamp.
        """
        if not self._received:
            return self._advance(timestamp, sequence, 1, Order.NEXT)
        step = ((timestamp - self._stamp + _STAMP_HALF) & _STAMP_MASK) - _STAMP_HALF
        frames = (2 * step + self._ticks) // (2 * self._ticks)
        newer = self._newer(sequence)
        if frames == 1:
            return self._advance(timestamp, sequence, 1, Order.NEXT)
        if 1 < frames <= min(_FURTHEST_AHEAD, sent_ms / FRAME_MS + _EARLY_FRAMES - self.newest):
            order = Order.PAUSED if newer == 1 else Order.AHEAD
            return self._advance(timestamp, sequence, frames, order)
        if newer > 0 or not -_FURTHEST_BACK <= frames <= 0:
            return self._advance(timestamp, sequence, 1, Order.RESET)
        return self._back(frames)

    def _newer(self, sequence: int) -> int:
        return ((sequence - self._sequence + _SEQUENCE_HALF) & _SEQUENCE_MASK) - _SEQUENCE_HALF

    def _advance(self, timestamp: int, sequence: int, frames: int, order: Order) -> Place:
        self._stamp, self._sequence = timestamp, sequence
        self._received = (self._received << frames | 1) & _REMEMBERED
        self.newest += frames
        return Place(self.newest, order)

    def _back(self, frames: int) -> Place:
        bit = 1 << -frames
        order = Order.DUPLICATE if self._received & bit else Order.REORDERED
        self._received |= bit
        return Place(self.newest + frames, order)
