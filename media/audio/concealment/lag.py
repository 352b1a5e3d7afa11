"""Which pitch the voice has before a gap, and which way it glides."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from media.audio.concealment.port import Samples

SHORTEST, LONGEST = 36, 140
"""Pitch lags in samples: 222 down to 57 Hz; of a higher voice two periods are one lag."""
_MATCH = 80
"""Samples, 10 ms, that must look alike one lag apart."""
_BEFORE = 80
"""Samples from the window that tells the glide to the end of the history."""
_RANGE = 6
_DOUBTFUL = 0.1
"""What the longest lag must correlate better than one of no length: a multiple is no pitch."""
_VOICED = 0.8
_SHARE, _MOST_GLIDE = 0.7, 0.05
"""Of a glide that much goes on, and at most so many samples of lag a sample."""
_DOUBT = np.arange(LONGEST, SHORTEST - 1, -1) * (_DOUBTFUL / LONGEST)
_ZERO = np.zeros(1)
Curve = npt.NDArray[np.float64]


class Pitch(NamedTuple):
    """A lag in samples, and by how much it grows with each sample."""

    lag: float
    glide: float


def pitch_of(history: Samples) -> Pitch:
    """The pitch at the end of the history, by normalised cross-correlation of 10 ms.

    The lag between samples is the top of the parabola through its neighbours. The glide is how
    the lag differs from that of 10 ms before, where both windows are clearly voiced.
    """
    history = history[-_MATCH - LONGEST - _BEFORE - _RANGE :]
    power = np.concatenate((_ZERO, np.cumsum(np.square(history, dtype=np.float64))))
    likeness = _likeness(history, power, 0, SHORTEST - 1, LONGEST + 1)
    best = 1 + int((likeness[1:-1] - _DOUBT).argmax())
    whole = LONGEST + 1 - best
    lag = whole - _offset(likeness, best)
    if likeness[best] <= _VOICED:
        return Pitch(lag, 0.0)
    longest = whole + _RANGE
    sooner = _likeness(history, power, _BEFORE, whole - _RANGE, longest)
    at = int(sooner.argmax())
    if sooner[at] <= _VOICED or at in (0, 2 * _RANGE):
        return Pitch(lag, 0.0)
    glide = _SHARE * (lag - (longest - at - _offset(sooner, at))) / _BEFORE
    return Pitch(lag, max(-_MOST_GLIDE, min(_MOST_GLIDE, glide)))


def _likeness(history: Samples, power: Curve, skip: int, shortest: int, longest: int) -> Curve:
    """Of the window that ends `skip` samples before the end with those one lag before it.

    From the longest lag to the shortest; `power` is the running sum of squares.
    """
    end = len(history) - skip
    window = history[end - _MATCH : end]
    first, last = end - _MATCH - longest, end - _MATCH - shortest
    products = np.correlate(history[first : last + _MATCH], window, "valid")
    energy = power[first + _MATCH : last + _MATCH + 1] - power[first : last + 1]
    own = power[end] - power[end - _MATCH]
    likeness: Curve = products / np.sqrt(energy * own + 1.0)
    return likeness


def _offset(curve: Curve, at: int) -> float:
    """Where the top of the parabola through an inner point and its neighbours lies, to +-0.5."""
    left, top, right = curve[at - 1 : at + 2].tolist()
    bend = left - 2 * top + right
    return max(-0.5, min(0.5, 0.5 * (left - right) / bend)) if bend < 0 else 0.0
