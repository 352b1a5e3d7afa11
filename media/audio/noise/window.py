"""The windows through which sound is looked at and put together again, frame by frame."""

import numpy as np

from media.audio.g711 import FRAME_BYTES
from media.audio.spectrum import Reals

FRAME = FRAME_BYTES
WINDOW = 256
"""32 ms are looked at: for resolution, more than a frame."""
OVERLAP = 64
"""8 ms in which one frame fades into the next: the delay. 4 or 10 ms cost or gain 0.02 PESQ."""
BINS = WINDOW // 2 + 1
MADE = FRAME + OVERLAP
"""The last samples of a window, which are put together."""


def _windows() -> tuple[Reals, Reals]:
    rise = np.sin(np.pi / 2 * (np.arange(WINDOW - OVERLAP) + 0.5) / (WINDOW - OVERLAP))
    fall = np.cos(np.pi / 2 * (np.arange(OVERLAP) + 0.5) / OVERLAP)
    analysis = np.concatenate((rise, fall))
    product = np.concatenate((1.0 - fall**2, np.ones(FRAME - OVERLAP), fall**2))
    synthesis = product / analysis[-MADE:]
    return analysis.astype(np.float32), synthesis.astype(np.float32)


ANALYSIS, SYNTHESIS = _windows()
"""Their products add up to one where frames overlap. The long rise and the short fall keep the
delay small (Mauler and Martin 2007, on low delay windows for noise reduction)."""


def each(value: float) -> Reals:
    """The value once for each bin: NumPy multiplies by it three times as fast as by a number."""
    return np.full(BINS, value, np.float32)
