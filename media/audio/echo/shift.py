"""By how much a talk spurt of the reference is misplaced, seen through a filter that is right.

The echo path of a call hardly changes, but where a talk spurt begins is known only as well as the
network's timing. The known filter makes of the misplaced reference the echo as it is, misplaced by
the same samples: the correlation of microphone and estimated echo has one sharp peak there.
"""

from collections import deque

import numpy as np
import numpy.typing as npt


_FRAMES = 8
_REACH = 480
"""60 ms either way."""
_SIZE = 1800
_LEAST_COEFFICIENT = 0.6
_CLEARER = 1.4

Samples = npt.NDArray[np.float32]


class ShiftFinder:
    """Remembers 160 ms of microphone and linear output, and tells the shift between them."""

    def __init__(self) -> None:
        self._near: deque[bytes] = deque(maxlen=_FRAMES)
        self._out: deque[bytes] = deque(maxlen=_FRAMES)

    def heard(self, near: bytes, out: bytes) -> None:
        """The microphone's next frame and what a canceller made of it, linearly."""
        self._near.append(near)
        self._out.append(out)

    def forget(self) -> None:
        """The reference was moved: what was heard says nothing any more."""
        self._near.clear()
        self._out.clear()

    def shift(self) -> int | None:
        """Samples by which the echo comes later than estimated; None when it is not to be told."""
        if len(self._near) < _FRAMES:
            return None
        near, out = _samples(self._near), _samples(self._out)
        echo = near - out
        lag = _clearest_lag(near, echo)
        if lag is None:
            return None
        if lag >= 0:
            near, echo = near[lag:], echo[: len(echo) - lag]
        else:
            near, echo = near[:lag], echo[-lag:]
        power = float(near @ near) * float(echo @ echo)
        common = float(near @ echo)
        return lag if common > 0 and common**2 >= _LEAST_COEFFICIENT**2 * power else None


def _clearest_lag(near: Samples, echo: Samples) -> int | None:
    """The peak of the half-whitened correlation, where it stands out over the one at no lag."""
    cross = np.conj(np.fft.rfft(echo, _SIZE))
    cross *= np.fft.rfft(near, _SIZE)
    cross /= np.sqrt(np.abs(cross) + 1.0)
    correlation = np.fft.irfft(cross, _SIZE)
    lags = np.concatenate((correlation[-_REACH:], correlation[: _REACH + 1]))
    best = int(lags.argmax()) - _REACH
    here = float(lags[_REACH - 2 : _REACH + 3].max())
    clear = abs(best) > 2 and float(lags[best + _REACH]) >= _CLEARER * max(here, 0.0)
    return best if clear else None


def _samples(frames: deque[bytes]) -> Samples:
    return np.frombuffer(b"".join(frames), "<i2").astype(np.float32)
