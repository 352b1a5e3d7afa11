"""The power of the noise in each bin of a spectrum, learnt while somebody speaks."""

from math import log

import numpy as np

from media.audio.noise.window import BINS, each
from media.audio.spectrum import Reals

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
_FIRST_BIAS, _EARLY_BIAS = 2.0, 4.0
"""From the least smoothed power of 8 frames, and of more, to what the noise may have."""


class NoiseTracker:
    """Unbiased MMSE noise power by speech presence (Gerkmann and Hendriks 2012), frame by frame.

    A bin counts as noise by as much as its power speaks against speech that stands 18 dB above
    the noise known so far. Three things keep that from going astray. At the start, which may fall
    into a word, the noise is what the least power of the frames so far allows. Where a bin hardly
    ever looked like noise for 0.9 s, this is doubted and its noise rises by up to 12 dB/s: louder
    noise under speech is learnt, and speech, which has gaps, is not. What `NoiseJump` finds is
    learnt at once.
    """

    def __init__(self) -> None:
        self.power = each(1.0)
        self.total = self.noise_total = 0.0
        self._frames = 0
        self._smooth = each(0.0)
        self._least = each(np.inf)
        self._noise_lately = each(0.0)
        self._ratio, self._change, self._share = each(0.0), each(0.0), each(0.0)
        self._doubted = np.zeros(BINS, bool)

    @property
    def begun(self) -> bool:
        """Whether enough was heard, 160 ms, to call anything noise."""
        return self._frames > _FIRST

    @property
    def settled(self) -> bool:
        """Whether the start is over, 1.5 s."""
        return self._frames == _EARLY

    def feed(self, power: Reals, louder: bool = False) -> Reals:
        """Power of each bin, over 0 -> over the noise's: the SNR a posteriori, valid until the
        next call. `louder` tells that all of it is noise.

        Afterwards `power` of the tracker is the noise's, `total` that of the frame and
        `noise_total` of the noise over all bins.
        """
        if self._frames < _EARLY:
            self._begin(power)
        noise = self.power
        ratio = np.divide(power, noise, out=self._ratio)
        self.total, self.noise_total = float(power.dot(_ONE)), float(noise.dot(_ONE))
        if louder:
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
        """The probability of each bin to be noise alone; a little where it is doubted."""
        share = np.multiply(ratio, _SLOPE, out=self._share)
        share -= _OFFSET
        np.exp(share, out=share)
        share += _ONE
        np.reciprocal(share, out=share)
        lately = self._noise_lately
        lately -= share
        lately *= _KEPT
        lately += share
        np.copyto(share, _LEAK, where=np.less(lately, _LITTLE, out=self._doubted))
        return share

    def _begin(self, power: Reals) -> None:
        self._frames += 1
        smooth = self._smooth
        smooth += (power - smooth) * np.float32(0.5 if self._frames > 1 else 1.0)
        np.minimum(self._least, smooth, out=self._least)
        if self._frames <= _FIRST:
            np.multiply(self._least, np.float32(_FIRST_BIAS), out=self.power)
        else:
            np.minimum(self.power, self._least * np.float32(_EARLY_BIAS), out=self.power)


_SLOPE = each(_SPEECH_SNR / (1 + _SPEECH_SNR))
_OFFSET = each(log(1 + _SPEECH_SNR))
_CAP = each(_LARGEST_RATIO)
_KEPT = each(_MEMORY)
_LITTLE = each(_RARELY)
_LEAK = each(_DOUBT)
_STEPS = each(_STEP)
_ONE = each(1.0)
