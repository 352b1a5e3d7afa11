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

from media.audio.echo.port import TAIL
from media.audio.echo.spectrum import power, unleaked_power
from media.audio.spectrum import Reals, Spectrum, forward, inverse

BLOCK = 512
"""Samples whose error teaches: 64 ms at 8 kHz."""
SIZE = TAIL + BLOCK
"""Of the transform: the first `TAIL` samples of its inverse wrap around and are void."""
BINS = SIZE // 2 + 1

_STEP = 0.6
_UNKNOWN = 0.5
"""Power of a weight before anything is known: an echo 3 dB below the sound that makes it."""
_DRIFT = 6e-4
"""Of a weight's power that becomes uncertain again in each frame, as echo paths move."""
_DRIFT_EVERY = 8
_FAINT_ECHO = 1e-3
"""Power of a weight that any line may have some day."""
_HOLD = 0.9
"""Of a bin's power that is held into the next frame when the sound falls silent."""
_NEAR_MEMORY = 0.7
_NEAR_WEIGHT = 3.0
"""Over-estimation of the near-end power: `SIZE` samples of far end meet `BLOCK` of error."""
_FLOOR = 1.6e7
"""Of far-end power in a bin: that of white noise at -50 dBFS."""
_RELATIVE_FLOOR = 3e-3
"""Of far-end power, against the mean of all bins: below it lies the microphone's mu-law noise."""
_TONE_SHARE = 0.35
"""Of all power in the strongest bin for 0.4 s: no speech, but a tone."""
_TONE_RISE = 1.15
_TONE_FLOOR = 1e-3
"""Of far-end power during a tone, against the strongest bin: the mu-law noise of a tone is tones
again, which the microphone's copy does not repeat."""
_NEWS = 0.5 * BLOCK / TAIL
"""The share of one step that is knowledge rather than the same samples once more."""
_MOST_LEARNT = 0.9
_MOST_ERROR = 8.0
"""How far the true misalignment may exceed that which the error shows."""


class KalmanFilter:
    """Weights of `BINS` bins for `TAIL` samples of echo path at 8 kHz; samples in 16-bit steps."""

    def __init__(self, weights: Spectrum) -> None:
        """`weights`, of shape (BINS,), are changed in place."""
        self.weights = weights
        self.uncertainty: Reals = np.empty(BINS, np.float32)
        self._far_power = np.zeros(BINS, np.float32)
        self._near_power = np.zeros(BINS, np.float32)
        self._ones = np.ones(BINS, np.float32)
        self._padded = np.zeros(SIZE, np.float32)
        self._time = np.empty(SIZE, np.float32)
        self._error: Spectrum = np.empty(BINS, np.complex64)
        self._gradient: Spectrum = np.empty(BINS, np.complex64)
        self.reset()

    def reset(self) -> None:
        """Forget the path and the signals."""
        self.weights.fill(0.0)
        self._far_power.fill(0.0)
        self._near_power.fill(0.0)
        self._tonality = 0.0
        self._frames = 0
        self.doubt()

    def doubt(self) -> None:
        """The path is another: every weight is as uncertain as at first."""
        self.uncertainty.fill(_UNKNOWN)

    def update(self, far: Spectrum, error: Reals) -> None:
        """One step. `far`: transform of the last `SIZE` samples; `error`: of the last `BLOCK`."""
        floor = self._observe(far, error)
        step = self._far_power + floor
        step *= self.uncertainty
        step += self._near_power
        np.divide(self.uncertainty, step, out=step)
        step *= _STEP
        gradient = np.conjugate(far, out=self._gradient)
        gradient *= self._error
        gradient *= step
        constrained = inverse(gradient, SIZE, self._time)[:TAIL]
        self._learn(far, step)
        self.weights += forward(constrained, SIZE, self._gradient)
        self._drift()

    def bound(self, far: Spectrum, error: Reals) -> None:
        """No step, but this: no weight is further off than the whole error would have it."""
        self._observe(far, error)
        most = unleaked_power(far)
        most *= BLOCK / SIZE
        most += 1.0
        np.divide(self._near_power, most, out=most)
        most *= _MOST_ERROR
        np.minimum(self.uncertainty, most, out=self.uncertainty)

    def _observe(self, far: Spectrum, error: Reals) -> float:
        """Take in the powers of one frame; the floor of far-end power."""
        self._padded[TAIL:] = error
        near = power(forward(self._padded, SIZE, self._error))
        near *= (1.0 - _NEAR_MEMORY) * _NEAR_WEIGHT
        self._near_power *= _NEAR_MEMORY
        self._near_power += near
        now = power(far)
        self._far_power *= _HOLD
        np.maximum(self._far_power, now, out=self._far_power)
        return self._floor(float(now.max()), float(now @ self._ones))

    def _floor(self, strongest: float, whole: float) -> float:
        """Of far-end power in a bin; less than that teaches little."""
        rising = max(_TONE_RISE * self._tonality, 0.02)
        self._tonality = min(strongest / (whole + 1.0), rising)
        floor = _FLOOR + _RELATIVE_FLOOR / BINS * float(self._far_power @ self._ones)
        return floor + _TONE_FLOOR * strongest if self._tonality > _TONE_SHARE else floor

    def _learn(self, far: Spectrum, step: Reals) -> None:
        """Uncertainty shrinks by what the step learnt, counting no leaked power."""
        left = unleaked_power(far)
        left *= step
        left *= _NEWS
        np.minimum(left, _MOST_LEARNT, out=left)
        np.subtract(1.0, left, out=left)
        self.uncertainty *= left

    def _drift(self) -> None:
        self._frames += 1
        if self._frames % _DRIFT_EVERY == 0:
            moved = power(self.weights)
            moved += _FAINT_ECHO
            moved *= _DRIFT * _DRIFT_EVERY
            self.uncertainty *= 1.0 - _DRIFT * _DRIFT_EVERY
            self.uncertainty += moved
