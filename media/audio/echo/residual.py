"""Takes out what a linear canceller leaves of the echo, and nothing of the callee."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from media.audio.echo.double_talk import DoubleTalkDetector
from media.audio.echo.port import FRAME

_LEAST_GAIN = 0.05
_SOFT_DB = 3.0
_HANG_FRAMES, _HANG_STEP = 12, 3
_RAMP = 40
"""Samples in which the gain moves: 5 ms, so that nothing clicks and no onset is lost."""
_STEP = 0.01
"""A smaller move waits for its fellows."""
_COMFORT = 0.5
"""The output is not pressed below half the power of the line's own noise: no holes are heard."""
_UP = np.arange(1, _RAMP + 1, dtype=np.float32) / np.float32(_RAMP)

Samples = npt.NDArray[np.float32]


class ResidualSuppressor:
    """A broadband gain that opens at once for the callee and closes 240 ms after."""

    def __init__(self) -> None:
        self._gain = 1.0
        self._hang = 0
        self._ramp = np.empty(FRAME, np.float32)

    def close(self) -> None:
        """What was let through was no speech of the callee."""
        self._hang = 0

    def gain(self, detector: DoubleTalkDetector, out_energy: float) -> float:
        """The gain at a frame's end, of 0.05 to 1, by the detector's judgement of the frame."""
        closed = (_SOFT_DB - detector.excess_db) / (2 * _SOFT_DB)
        gain = float(_LEAST_GAIN ** min(1.0, max(0.0, closed)))
        if detector.lost:
            gain = _LEAST_GAIN
        elif gain > 0.7:
            self._hang = min(_HANG_FRAMES, self._hang + _HANG_STEP)
        elif self._hang:
            self._hang -= 1
            gain = max(gain, self._gain)
        return max(gain, min(1.0, sqrt(_COMFORT * detector.noise / (out_energy + 1.0))))

    def apply(self, out: Samples, gain: float) -> Samples:
        """160 samples times a gain that moves from the last frame's to this one."""
        last = self._gain
        if abs(gain - last) < _STEP:
            return out if last == 1.0 else out * np.float32(last)
        self._gain = gain
        ramp = self._ramp
        ramp[_RAMP:] = gain
        np.multiply(_UP, np.float32(gain - last), out=ramp[:_RAMP])
        ramp[:_RAMP] += np.float32(last)
        ramp *= out
        return ramp
