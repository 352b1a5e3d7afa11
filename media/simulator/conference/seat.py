"""One party's place at a mixer: in charge of its line until it leaves."""

from __future__ import annotations

import asyncio
from types import TracebackType

from media.simulator.conference.mixer import Mixer
from media.simulator.line import Line
from media.simulator.people.callee import Said


class Seat:
    """`with Seat(...)`: the party hears and is heard. `left` is set when it is sent away.

    `star` lets the `*` key leave, as `hangupOnStar` does.
    """

    def __init__(self, mixer: Mixer, party: str, line: Line, *, star: bool = False) -> None:
        self._mixer = mixer
        self._line = line
        self._star = star
        self.party = party
        self.left = asyncio.Event()

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
        """See `Tap`; nothing is marked here."""

    def said(self, said: Said) -> None:
        """See `Tap`."""
        self._line.playback.media(self._mixer.said(self.party, said.frame))
        if self._star and "*" in said.digits:
            self.left.set()

    def announce(self, sound: bytes) -> None:
        """Mu-law before everything else that the party hears."""
        self._line.playback.media(sound)
