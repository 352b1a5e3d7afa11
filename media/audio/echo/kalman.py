"""The frequency-domain Kalman filter that learns the echo path from overlapping blocks.

Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic echo control in hands-free
telephones", Signal Processing 86 (2006): each frequency bin knows how uncertain its weight is and
steps in proportion to uncertainty over uncertainty plus near-end power, which is a normalised LMS
step where the echo is alone and none where the callee speaks.

Two things differ. Blocks of `BLOCK` samples overlap by all but a frame, and the error of the old
samples is taken anew with the present weights: every sample teaches three times, which brings the
speed of a sample-wise NLMS at the price of a block filter. And certainty grows only with the
power that a Hann window leaves in a bin: what a tone leaks into its neighbours teaches nothing.
"""

import numpy as np
import numpy.typing as npt

from media.audio.echo.port import TAIL

BLOCK = 512
"""Samples whose error teaches: 64 ms at 8 kHz."""
SIZE = TAIL + BLOCK
"""Of the transform: the first `TAIL` samples of its inverse wrap around and are void."""
BINS = SIZE // 2 + 1

Reals = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

_STEP = 0.6
_UNKNOWN = 1.0
"""Power of a weight before anything is known: an echo as loud as the sound that makes it."""
_DRIFT = 4e-4
"""Of a weight's power that becomes uncertain again in each frame, as echo paths move."""
_DRIFT_EVERY = 8
_HOLD = 0.9
"""Of a bin's power that is held into the next frame when the sound falls silent."""
_NEAR_MEMORY = 0.7
_NEAR_WEIGHT = 2.0
"""Over-estimation of the near-end power, against its errors."""
_FLOOR = 1.6e7
"""Of far-end power in a bin: that of white noise at -50 dBFS."""
_RELATIVE_FLOOR = 3e-3
"""Of far-end power, against the mean of all bins: below it lies the microphone's mu-law noise."""
_NEAR_FLOOR = 100.0
"""Of near-end power in a bin: about the rounding to 16 bits. Keeps dead lines from denormals."""
_OVERLAP_GAIN = 0.5 * BLOCK / TAIL
"""Of one update, how much of it is knowledge rather than the same samples once more."""
_HANN_GAIN = 0.25 / 0.375
_MOST_LEARNT = 0.9


class KalmanFilter:
    """Weights of `BINS` bins for `TAIL` samples of echo path at 8 kHz; samples in 16-bit steps."""

    def __init__(self, weights: Spectrum) -> None:
        """`weights`, of shape (BINS,), are changed in place."""
        self.weights = weights
        self.uncertainty: Reals = np.empty(BINS, np.float32)
        self._far = np.zeros(BINS, np.float32)
        self._near = np.zeros(BINS, np.float32)
        self._ones = np.ones(BINS, np.float32)
        self._learnt = np.empty(BINS, np.float32)
        self._padded = np.zeros(SIZE, np.float32)
        self._time = np.empty(SIZE, np.float32)
        self._error: Spectrum = np.empty(BINS, np.complex64)
        self._gradient: Spectrum = np.empty(BINS, np.complex64)
        self._frames = 0
        self.reset()

    def reset(self) -> None:
        """Forget the path and the signals."""
        self.weights.fill(0.0)
        self._far.fill(0.0)
        self._near.fill(0.0)
        self.doubt()

    def doubt(self) -> None:
        """The path is another: every weight is as uncertain as at first."""
        self.uncertainty.fill(_UNKNOWN)

    def update(self, far: Spectrum, error: Reals) -> None:
        """One step. `far`: transform of the last `SIZE` samples; `error`: of the last `BLOCK`."""
        self._padded[TAIL:] = error
        spectrum = np.fft.rfft(self._padded, out=self._error)
        power = _power(far)
        step = self._step(power, _power(spectrum))
        self._learn(far, step)
        self._drift()
        gradient = np.conjugate(far, out=self._gradient)
        gradient *= spectrum
        gradient *= step
        constrained = np.fft.irfft(gradient, SIZE, out=self._time)[:TAIL]
        self.weights += np.fft.rfft(constrained, SIZE, out=self._gradient)

    def _step(self, power: Reals, error_power: Reals) -> Reals:
        far, near = self._far, self._near
        far *= _HOLD
        np.maximum(far, power, out=far)
        error_power *= (1.0 - _NEAR_MEMORY) * _NEAR_WEIGHT
        error_power += (1.0 - _NEAR_MEMORY) * _NEAR_FLOOR
        near *= _NEAR_MEMORY
        near += error_power
        floor = _FLOOR + _RELATIVE_FLOOR / BINS * float(far @ self._ones)
        whole = far + floor
        whole *= self.uncertainty
        whole += near
        step = np.divide(self.uncertainty, whole, out=whole)
        step *= _STEP
        return step

    def _learn(self, far: Spectrum, step: Reals) -> None:
        """Uncertainty shrinks by what the step learnt, counting no leaked power."""
        window = far[2:] + far[:-2]
        window *= -0.5
        window += far[1:-1]
        left = self._learnt
        np.multiply(_power(window), step[1:-1], out=left[1:-1])
        left[0], left[-1] = left[1], left[-2]
        left *= _OVERLAP_GAIN * _HANN_GAIN
        np.minimum(left, _MOST_LEARNT, out=left)
        np.subtract(1.0, left, out=left)
        self.uncertainty *= left

    def _drift(self) -> None:
        self._frames += 1
        if self._frames % _DRIFT_EVERY == 0:
            moved = _power(self.weights)
            moved *= _DRIFT * _DRIFT_EVERY
            self.uncertainty *= 1.0 - _DRIFT * _DRIFT_EVERY
            self.uncertainty += moved


def _power(spectrum: Spectrum) -> Reals:
    squares = np.square(spectrum.view(np.float32))
    power: Reals = squares[0::2] + squares[1::2]
    return power
