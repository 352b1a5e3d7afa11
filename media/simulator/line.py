"""The two-way audio path of one answered call: play-out on one side, the callee on the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from media.simulator.callee import Callee, Said
from media.simulator.playback import PlaybackBuffer
from media.simulator.room import Room


class Tap(Protocol):
    """Who owns the carrier's end of the line at the moment."""

    def marked(self, name: str) -> None:
        """The play-out reached a mark."""

    def said(self, said: Said) -> None:
        """The callee's next 20 ms."""


class Tape(Protocol):
    """Keeps both directions."""

    def add(self, callee: bytes, carrier: bytes) -> None:
        """20 ms of what the callee said and heard."""


class Line:
    """Moves one frame each way per `beat`; no I/O and no clock of its own."""

    def __init__(
        self,
        callee: Callee,
        on_hang_up: Callable[[], None],
        tape: Tape | None = None,
        room: Room | None = None,
    ) -> None:
        self.callee = callee
        self.playback = PlaybackBuffer()
        self.tap: Tap | None = None
        self._on_hang_up = on_hang_up
        self._tape = tape
        self._room = room

    def beat(self) -> None:
        """20 ms pass."""
        played = self.playback.tick()
        said = self.callee.step(played.frame)
        if self._room is not None:
            said = replace(said, frame=self._room.beat(played.frame, said.frame))
        if self._tape is not None:
            self._tape.add(said.frame, played.frame)
        if self.tap is not None:
            for name in played.marks:
                self.tap.marked(name)
            self.tap.said(said)
        if said.hung_up:
            self._on_hang_up()
