"""The carrier's play-out buffer of one call: a queue of sound and marks, drained frame by frame."""

from collections import deque
from dataclasses import dataclass

SAMPLE_RATE = 8000
FRAME = 160
"""Bytes of mu-law in 20 ms at 8 kHz."""
SILENCE = b"\xff" * FRAME
MAX_BUFFERED = 10 * 60 * 8000
"""Ten minutes of sound; what comes after is thrown away (warning 31931)."""
HOLE_FRAMES = 15
"""A shorter pause (300 ms) that no mark announced is a hole, not the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Played:
    """What one tick put on the line, and the marks that it reached."""

    frame: bytes
    marks: tuple[str, ...] = ()


class PlaybackBuffer:
    """FIFO of mu-law bytes and marks. Time is counted in calls of `tick`, one per 20 ms."""

    def __init__(self) -> None:
        self._items: deque[bytes | str] = deque()
        self._buffered = 0
        self._dry_for: int | None = None
        self.underruns = 0

    @property
    def buffered(self) -> int:
        """Bytes of sound that wait to be played."""
        return self._buffered

    def media(self, sound: bytes) -> bool:
        """Queue sound of any length; False when it was discarded because ten minutes wait."""
        if self._buffered + len(sound) > MAX_BUFFERED:
            return False
        if sound:
            self._items.append(sound)
            self._buffered += len(sound)
        return True

    def mark(self, name: str) -> tuple[str, ...]:
        """Queue a mark; returned at once when nothing waits before it."""
        if not self._items:
            self._dry_for = None
            return (name,)
        self._items.append(name)
        return ()

    def clear(self) -> tuple[str, ...]:
        """Throw the sound away; returns every waiting mark in order."""
        marks = tuple(item for item in self._items if isinstance(item, str))
        self._items.clear()
        self._buffered = 0
        self._dry_for = None
        return marks

    def tick(self) -> Played:
        """Play 20 ms; short frames are filled with silence."""
        if not self._items:
            if self._dry_for is not None:
                self._dry_for += 1
            return Played(SILENCE)
        if self._dry_for is not None and self._dry_for < HOLE_FRAMES:
            self.underruns += 1
        return self._drain()

    def _drain(self) -> Played:
        frame = b""
        marks: list[str] = []
        self._dry_for = None
        while self._items:
            room = FRAME - len(frame)
            if room == 0:
                return Played(frame, tuple(marks))
            item = self._items[0]
            if isinstance(item, str):
                marks.append(item)
                self._items.popleft()
                continue
            frame += item[:room]
            self._take(item, room)
        self._dry_for = None if marks else 0
        return Played(frame.ljust(FRAME, b"\xff"), tuple(marks))

    def _take(self, item: bytes, count: int) -> None:
        self._buffered -= min(count, len(item))
        self._items.popleft()
        if len(item) > count:
            self._items.appendleft(item[count:])
