"""The two-way audio path of one answered call: play-out on one side, the callee on the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from media.simulator.people.callee import Callee, Said
from media.simulator.people.room import Room
from media.simulator.playout.playback import PlaybackBuffer


class Tap(Protocol):
    """Who owns the carrier's end of the line at the moment."""

    def marked(self, name: str) -> None:
        """The play-out reached a mark."""

    def said(self, said: Said) -> None:
        """The callee's next 20 ms."""


class Fork(Protocol):
    """Listens in on a line: a recording, machine detection, a one-way stream."""

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """20 ms of mu-law of what the callee said and heard."""


class Line:
    """Moves one frame each way per `beat`; no I/O and no clock of its own."""

    def __init__(
        self,
        callee: Callee,
        on_hang_up: Callable[[], None],
        room: Room | None = None,
    ) -> None:
        self.callee = callee
        self.playback = PlaybackBuffer()
        self.tap: Tap | None = None
        self.forks: list[Fork] = []
        self._on_hang_up = on_hang_up
        self._room = room

    def beat(self) -> None:
        """20 ms pass."""
        played = self.playback.tick()
        said = self.callee.step(played.frame)
        if self._room is not None:
            said = replace(said, frame=self._room.beat(played.frame, said.frame))
        for fork in tuple(self.forks):
            fork.beat(said.frame, played.frame)
        if self.tap is not None:
            for name in played.marks:
                self.tap.marked(name)
            self.tap.said(said)
        if said.hung_up:
            self._on_hang_up()
