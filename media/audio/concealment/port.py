"""What continues a signal into a gap, whichever method does it."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""In 16-bit steps at 8 kHz."""
FRAME = 160
HISTORY = 4 * FRAME
"""Samples before a gap that a method may look at."""


class Continuation(Protocol):
    """Made at the first lost frame from the `HISTORY` samples before it; lasts for one gap."""

    def take(self, count: int) -> Samples:
        """The next `count` samples."""
