"""What conceals a lost frame, and what continues the signal into the gap for it."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""In 16-bit steps at 8 kHz."""
FRAME = 160
HISTORY = 4 * FRAME
"""Samples before a gap that a method may look at."""


class Concealer(Protocol):
    """Packet-loss concealment of one stream; frames of 320 bytes PCM s16le at 8 kHz."""

    def good(self, frame: bytes) -> bytes:
        """A frame that arrived, merged with what was made up before it."""

    def lost(self) -> bytes:
        """A frame in place of one that did not."""


class Past(NamedTuple):
    """What was heard before a gap."""

    recent: Samples
    """The last `HISTORY` samples, those made up in earlier gaps among them."""
    background: Samples
    """The quietest `FRAME` samples that arrived; zeros while too little is known."""


class Continuation(Protocol):
    """Made at the first lost frame from what was heard before it; lasts for one gap."""

    def take(self, count: int) -> Samples:
        """The next `count` samples, at most `FRAME`."""
