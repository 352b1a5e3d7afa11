"""Noise reduction in NumPy alone: a Wiener gain in each bin of the short-time spectrum."""

from math import log10

import numpy as np

from media.audio import pcm
from media.audio.level import FULL_SCALE
from media.audio.noise.jump import NoiseJump
from media.audio.noise.port import require_frame
from media.audio.noise.tracker import NoiseTracker
from media.audio.noise.window import (
    ANALYSIS,
    BINS,
    FRAME,
    MADE,
    OVERLAP,
    SYNTHESIS,
    WINDOW,
    each,
)
from media.audio.resample import to_pcm
from media.audio.spectrum import Reals, Spectrum, forward, inverse

_SMOOTHING = 0.82
"""Of the decision-directed SNR: 0.9 gains 0.04 PESQ and costs the recogniser words."""
_DEEPEST_DB = -18.0
_NOISY_DB, _CLEAN_DB = 20.0, 30.0
"""Speech over noise from which the gain rises, and from which the sound is not touched."""
_SPEECH_DBFS = -35.0
"""What speech is taken for until it is heard, so that a line with its noise under -65 dBFS is not
touched at all."""
_RESTS = 4
_ATTACK, _DECAY = 0.1, 0.002
"""The level of speech rises in 0.2 s and falls in 10 s of speech."""


_FULL_POWER = BINS * float(np.sum(ANALYSIS**2)) * FULL_SCALE**2
"""Sum over the bins of the power of white noise at 0 dBFS."""


class SpectralReducer:
    """See `NoiseReducer`. Wiener gains of the decision-directed SNR (Ephraim and Malah 1984), with
    the noise of `NoiseTracker`.

    The gain is at least -18 dB, so that the noise stays what it was, only softer; towards clean
    speech the least gain rises to 0 dB, where the sound passes bit for bit, and only every fourth
    frame is looked at.
    """

    name = "spectral"
    delay_samples = OVERLAP

    def __init__(self) -> None:
        self._spectrum: Spectrum = np.zeros(BINS, np.complex64)
        self._windowed, self._made = np.zeros((2, WINDOW), np.float32)
        self._power, self._gain = each(0.0), each(0.0)
        self.reset()

    def reset(self) -> None:
        """See `NoiseReducer`."""
        self._before = bytes(2 * FRAME)
        self._tail: Reals = np.zeros(OVERLAP, np.float32)
        self._tracker, self._jump = NoiseTracker(), NoiseJump()
        self._clean_power = each(0.0)
        self._speech = _LEAST_SPEECH
        self._untouched, self._rested = True, 0

    def reduce(self, frame: bytes) -> bytes:
        """See `NoiseReducer`."""
        require_frame(frame)
        before, self._before = self._before, frame
        level = pcm.rms(frame, 2)
        louder = self._jump.feed(level * level * _PARSEVAL, self._tracker.noise_total)
        if self._may_rest():
            return before[_KEPT_BYTES:] + frame[:_KEPT_BYTES]
        windowed, power = self._analyse(before + frame)
        ratio = self._tracker.feed(power, louder)
        least = self._least_gain()
        if least == 1.0:
            return self._pass(before, frame, windowed)
        if self._untouched:
            self._untouched = False
            np.multiply(np.frombuffer(before, "<i2")[-OVERLAP:], _FADE, out=self._tail)
        gain = np.maximum(self._wiener(power, ratio), np.float32(least), out=self._gain)
        self._spectrum *= gain
        return self._overlap(inverse(self._spectrum, WINDOW, self._made))

    def _may_rest(self) -> bool:
        """A clean line is looked at now and then, unless its noise may have become louder."""
        self._rested = (self._rested + 1) % _RESTS
        clean = self._untouched and self._tracker.settled and not self._jump.possible
        return clean and self._rested > 0

    def _analyse(self, sound: bytes) -> tuple[Reals, Reals]:
        """The last window of it as it is transformed, and the power of its bins."""
        newest = np.frombuffer(sound, "<i2")[-WINDOW:]
        windowed = np.multiply(newest, ANALYSIS, out=self._windowed)
        power = np.abs(forward(windowed, WINDOW, self._spectrum), out=self._power)
        power *= power
        power += _ONE
        return windowed, power

    def _pass(self, before: bytes, frame: bytes, windowed: Reals) -> bytes:
        np.copyto(self._clean_power, self._power)
        if not self._untouched:
            self._untouched = True
            return self._overlap(windowed)
        return before[_KEPT_BYTES:] + frame[:_KEPT_BYTES]

    def _wiener(self, power: Reals, ratio: Reals) -> Reals:
        """The gain xi / (1 + xi), where xi is the SNR a priori, decision-directed."""
        snr = np.maximum(ratio, _ONE, out=ratio)
        snr -= _ONE
        snr *= _FRESH
        clean = self._clean_power
        clean /= self._tracker.power
        clean *= _KEPT
        snr += clean
        gain = np.add(snr, _ONE, out=self._gain)
        np.divide(snr, gain, out=gain)
        np.square(gain, out=clean)
        clean *= power
        return gain

    def _least_gain(self) -> float:
        """The depth of the reduction, from the level of speech over that of the noise."""
        tracker = self._tracker
        noise = tracker.noise_total
        speech = tracker.total - noise
        if speech > self._speech:
            self._speech += _ATTACK * (speech - self._speech)
        elif speech > 3 * noise:
            self._speech += _DECAY * (speech - self._speech)
        if not tracker.begun:
            return 1.0
        snr_db = 10 * log10(self._speech / noise)
        depth = (_CLEAN_DB - snr_db) / (_CLEAN_DB - _NOISY_DB)
        return float(10 ** (_DEEPEST_DB / 20 * min(1.0, max(0.0, depth))))

    def _overlap(self, windowed: Reals) -> bytes:
        made = windowed[-MADE:]
        made *= SYNTHESIS
        made[:OVERLAP] += self._tail
        self._tail[:] = made[-OVERLAP:]
        return to_pcm(made[:FRAME])


_KEPT_BYTES = 2 * (FRAME - OVERLAP)
_FADE = ANALYSIS[-OVERLAP:] * SYNTHESIS[-OVERLAP:]
_PARSEVAL = _FULL_POWER / FULL_SCALE**2
"""From the mean square of samples to the sum of `power` over the bins."""
_LEAST_SPEECH = 10 ** (_SPEECH_DBFS / 10) * _FULL_POWER
_ONE = each(1.0)
_KEPT = each(_SMOOTHING)
_FRESH = each(1 - _SMOOTHING)
