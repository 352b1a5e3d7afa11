"""Lines that do not carry the whole telephone band, as linear-phase filters."""

from enum import StrEnum

import numpy as np

from media.audio.resample import Samples
from media.simulator.playout.playback import SAMPLE_RATE

_HALF = 64
"""Taps on either side: 8 ms, a transition band of some 200 Hz."""


class LineKind(StrEnum):
    """What the line lets through."""

    NARROW = "narrow"
    """300-3400 Hz, the band of ITU-T G.712."""
    DULL = "dull"
    """Up to 1700 Hz: a hand over the microphone."""
    TINNY = "tinny"
    """700-3000 Hz: a small loudspeaker at arm's length."""


_BANDS = {
    LineKind.NARROW: (300.0, 3400.0),
    LineKind.DULL: (0.0, 1700.0),
    LineKind.TINNY: (700.0, 3000.0),
}


def filtered(samples: Samples, kind: LineKind) -> Samples:
    """As many samples as came in, without delay."""
    low, high = _BANDS[kind]
    taps = _low_pass(high) - (_low_pass(low) if low else np.float32(0))
    whole = np.convolve(samples, taps)
    return np.asarray(whole[_HALF : _HALF + len(samples)], dtype=np.float32)


def _low_pass(hz: float) -> Samples:
    """Windowed sinc (Smith, Spectral Audio Signal Processing, window method)."""
    at = np.arange(-_HALF, _HALF + 1)
    cut = 2 * hz / SAMPLE_RATE
    return np.asarray(cut * np.sinc(cut * at) * np.hamming(2 * _HALF + 1), dtype=np.float32)
