"""Makes voices equally loud on the telephone, without clipping."""

import numpy as np
import numpy.typing as npt

from media.audio.level import FULL_SCALE
from media.audio.resample import Samples

TARGET_DBFS = -20.0
"""Active level of everything that the product says: the one place that sets it."""
_CEILING = 0.9 * FULL_SCALE
_LOOK_AHEAD = 40
"""5 ms at 8 kHz, in which the gain glides down to a peak and up again."""
_GAIN_STEP = 2.0**-15


def gain_for(level_dbfs: float, target_dbfs: float = TARGET_DBFS, most_db: float = 30.0) -> float:
    """The factor that brings `level_dbfs` to `target_dbfs`; at most `most_db` up or down."""
    return float(10 ** (max(-most_db, min(most_db, target_dbfs - level_dbfs)) / 20))


class Amplifier:
    """`gain` times the sound at 8 kHz, with peaks held at -0.9 dBFS by a look-ahead limiter.

    The limiter's gain is the moving average of the moving minimum of what each sample needs, so
    it is never more than that and has no corners (the usual look-ahead design; Zölzer, DAFX,
    4.2.2). It is counted in steps of 2^-15, whose sums are exact: pieces of any length give the
    output of the whole. Withholds 5 ms, which `flush` gives back.
    """

    def __init__(self, gain: float) -> None:
        self._gain = np.float32(gain)
        self._reset()

    def _reset(self) -> None:
        self._held: Samples = np.zeros(0, dtype=np.float32)
        self._needed: npt.NDArray[np.float64] = np.ones(_LOOK_AHEAD)

    def process(self, samples: Samples) -> Samples:
        """As many samples as came in, less the withheld 40."""
        loud = samples * self._gain
        held = np.concatenate((self._held, loud))
        needed = np.concatenate((self._needed, _needed(loud)))
        ready = max(0, len(held) - _LOOK_AHEAD)
        self._held, self._needed = held[ready:], needed[ready:]
        if not ready or needed.min() == 1.0:
            return held[:ready]
        least = np.lib.stride_tricks.sliding_window_view(needed, _LOOK_AHEAD + 1).min(axis=1)
        average = np.convolve(least, np.ones(_LOOK_AHEAD + 1), "valid") / (_LOOK_AHEAD + 1)
        return (held[:ready] * average).astype(np.float32)

    def flush(self) -> Samples:
        """The withheld end; afterwards the amplifier is as new."""
        tail = self.process(np.zeros(_LOOK_AHEAD, dtype=np.float32))
        self._reset()
        return tail


def _needed(loud: Samples) -> npt.NDArray[np.float64]:
    """The gain at most 1 that keeps each sample below the ceiling, rounded down."""
    share = _CEILING / np.maximum(np.abs(loud), _CEILING)
    return np.floor(share / _GAIN_STEP) * _GAIN_STEP


def amplify(samples: Samples, gain: float) -> Samples:
    """A whole sound at 8 kHz through an `Amplifier`."""
    amplifier = Amplifier(gain)
    return np.concatenate((amplifier.process(samples), amplifier.flush()))
