"""One party's place at a mixer: in charge of its line until it leaves."""

from __future__ import annotations

import asyncio
from types import TracebackType

from media.simulator.conference.mixer import Mixer, summed
from media.simulator.conference.waiting import Waiting
from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.playout.playback import FRAME


class Seat:
    """`with Seat(...)`: the party hears and is heard. `left` is set when it is sent away.

    `star` lets the `*` key leave, as `hangupOnStar` does. While `waits` is set the party hears
    `wait`, mu-law.
    """

    def __init__(
        self, mixer: Mixer, party: str, line: Line, *, star: bool = False, wait: bytes = b""
    ) -> None:
        self._mixer = mixer
        self._line = line
        self._star = star
        self.party = party
        self.left = asyncio.Event()
        self.waits = False
        self.waiting = Waiting(wait)
        self._announced = bytearray()

    def __enter__(self) -> Seat:
        self._mixer.join(self.party)
        self._line.playback.clear()
        self._line.tap = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mixer.leave(self.party)
        if self._line.tap is self:
            self._line.tap = None
            self._line.playback.clear()

    def marked(self, name: str) -> None:
        """See `Tap`; nobody waits for a beat's end."""

    def said(self, said: Said) -> None:
        """See `Tap`."""
        heard = self._mixer.said(self.party, said.frame)
        if self.waits:
            heard = self.waiting.frame()
        if self._announced:
            heard = summed(heard, bytes(self._announced[:FRAME]).ljust(FRAME, b"\xff"))
            del self._announced[:FRAME]
        self._line.playback.media(heard)
        # With a mark behind it, an empty buffer before the next beat counts as no hole.
        self._line.playback.mark("beat")
        if self._star and "*" in said.digits:
            self.left.set()

    def announce(self, sound: bytes) -> None:
        """Mu-law on top of what the party hears, after earlier announcements; nothing is late
        for it."""
        self._announced += sound
