"""The carrier's end of the line while a verb plays and listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.people.speech import touch_tone
from media.simulator.playout.playback import FRAME, SAMPLE_RATE

_MARK = "end"
_PIECE = 3000 * FRAME
"""A minute: longer sound goes to the play-out piece by piece, which holds ten of them."""


def _deaf(said: Said) -> None:
    """Nobody listens to the callee while a verb only plays."""


class Playing:
    """`with Playing(line) as playing`: in charge of the line until the block is left."""

    def __init__(self, line: Line, hear: Callable[[Said], None] = _deaf) -> None:
        self._line = line
        self._hear = hear
        self._waiting = 0
        self._heard_out = asyncio.Event()

    def __enter__(self) -> Playing:
        self._line.tap = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._line.tap is self:
            self._line.tap = None
        self._line.playback.clear()

    def marked(self, name: str) -> None:
        """See `Tap`."""
        self._waiting -= 1
        self._heard_out.set()

    def said(self, said: Said) -> None:
        """See `Tap`."""
        self._hear(said)

    def hush(self) -> None:
        """Throw away what is still to be played."""
        self._waiting = 0
        self._line.playback.clear()

    async def sound(self, sound: bytes, loop: int = 1) -> None:
        """Mu-law, played `loop` times (0 is for ever), until the callee has heard it all."""
        if not sound:
            return
        count = 0
        while loop == 0 or count < loop:
            count += 1
            for at in range(0, len(sound), _PIECE):
                self._line.playback.media(sound[at : at + _PIECE])
                self._line.playback.mark(_MARK)
                self._waiting += 1
                await self._until(1)
        await self._until(0)

    async def _until(self, most: int) -> None:
        """Until at most so many pieces wait; one waits behind another, so that there is no gap."""
        while self._waiting > most:
            self._heard_out.clear()
            await self._heard_out.wait()

    async def quiet(self, seconds: float) -> None:
        """Silence of that length."""
        whole, rest = divmod(round(seconds * SAMPLE_RATE), _PIECE)
        if whole:
            await self.sound(b"\xff" * _PIECE, whole)
        await self.sound(b"\xff" * rest)

    async def keys(self, digits: str) -> None:
        """Touch tones; `w` waits half a second, `W` a whole one."""
        for digit in digits:
            if digit in "wW":
                await self.quiet(0.5 if digit == "w" else 1.0)
            else:
                await self.sound(touch_tone(digit))
