"""The power of the noise in each bin of a spectrum, learnt while somebody speaks."""

from math import log

import numpy as np
import numpy.typing as npt

from media.audio.echo.spectrum import Reals
from media.audio.noise.jump import NoiseJump

_SPEECH_SNR = 10**1.8
"""What speech is assumed to stand out by: 18 dB, 3 more than in the paper, for babble."""
_STEP = 0.05
"""The noise follows in 20 frames: 0.4 s."""
_LARGEST_RATIO = 20.0
_MEMORY = 0.95
_RARELY = 0.1
_DOUBT = 0.06
_JUMP_STEP = 0.3
_FIRST, _EARLY = 8, 75
_BIAS = 2.0
"""From the least smoothed power of a few frames to the mean of noise."""


class NoiseTracker:
    """Unbiased MMSE noise power by speech presence (Gerkmann and Hendriks 2012), frame by frame.

    A bin counts as noise by as much as its power speaks against speech that stands 18 dB above
    the noise known so far. Three things keep that from going astray. At the start, which may fall
    into a word, the noise is what the least power of the frames so far allows. Where a bin hardly
    ever looked like noise for 0.9 s, this is doubted and its noise rises by up to 12 dB/s: louder
    noise under speech is learnt, and speech, which has gaps, is not. Louder noise alone is learnt
    at once by its steady level.
    """

    def __init__(self, bins: int) -> None:
        self.power: Reals = np.ones(bins, np.float32)
        self.total = self.noise_total = 0.0
        self._every = np.ones(bins, np.float32)
        self._frames = 0
        self._jump = NoiseJump()
        self._smooth: Reals = np.zeros(bins, np.float32)
        self._least: Reals = np.full(bins, np.inf, np.float32)
        self._noise_lately: Reals = np.zeros(bins, np.float32)
        self._ratio, self._change, self._share = np.zeros((3, bins), np.float32)
        self._doubted = np.zeros(bins, bool)

    @property
    def begun(self) -> bool:
        """Whether enough was heard, 160 ms, to call anything noise."""
        return self._frames > _FIRST

    def feed(self, power: Reals) -> Reals:
        """Power of each bin, over 0 -> over the noise's: the SNR a posteriori, valid until the
        next call. Afterwards `power` of the tracker is the noise's, `total` that of the frame and
        `noise_total` of the noise over all bins."""
        if self._frames < _EARLY:
            self._begin(power)
        noise = self.power
        ratio = np.divide(power, noise, out=self._ratio)
        self.total, self.noise_total = float(power.dot(self._every)), float(noise.dot(self._every))
        if self._jump.feed(self.total, self.noise_total):
            noise += (power - noise) * np.float32(_JUMP_STEP)
            return ratio
        change = np.minimum(ratio, _CAP, out=self._change)
        share = self._noise_share(change)
        change -= _ONE
        change *= share
        change *= noise
        change *= _STEPS
        noise += change
        return ratio

    def _noise_share(self, ratio: Reals) -> Reals:
        """The probability of each bin to be noise alone, at least a little where it is doubted."""
        share = np.multiply(ratio, _SLOPE, out=self._share)
        share -= _OFFSET
        np.exp(share, out=share)
        share += _ONE
        np.reciprocal(share, out=share)
        lately = self._noise_lately
        lately -= share
        lately *= _KEPT
        lately += share
        doubted = np.less(lately, _LITTLE, out=self._doubted)
        return np.maximum(share, doubted * _LEAK, out=share)

    def _begin(self, power: Reals) -> None:
        self._frames += 1
        smooth = self._smooth
        smooth += (power - smooth) * np.float32(0.5 if self._frames > 1 else 1.0)
        np.minimum(self._least, smooth, out=self._least)
        allowed = self._least * np.float32(_BIAS)
        if self._frames <= _FIRST:
            self.power[:] = allowed
        else:
            np.minimum(self.power, allowed, out=self.power)


def _scalar(value: float) -> npt.NDArray[np.float32]:
    """NumPy takes an array of one faster than a number."""
    return np.array([value], np.float32)


_SLOPE = _scalar(_SPEECH_SNR / (1 + _SPEECH_SNR))
_OFFSET = _scalar(log(1 + _SPEECH_SNR))
_CAP = _scalar(_LARGEST_RATIO)
_KEPT = _scalar(_MEMORY)
_LITTLE = _scalar(_RARELY)
_LEAK = _scalar(_DOUBT)
_STEPS = _scalar(_STEP)
_ONE = _scalar(1.0)
