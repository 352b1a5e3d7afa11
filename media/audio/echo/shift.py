"""By how much a talk spurt of the reference is misplaced, seen through a filter that is right.

The echo path of a call hardly changes, but where a talk spurt begins is known only as well as the
network's timing. The known filter makes of the misplaced reference the echo as it is, misplaced by
the same samples: the correlation of microphone and estimated echo has one sharp peak there.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

_FRAMES, _LEAST_FRAMES = 8, 5
_REACH = 480
"""60 ms either way."""
_SIZE = 1800
_LEAST_SHARE = 0.36
_AGREE = 1
_GAIN = 0.5
"""A move must halve what stays unexplained."""

Samples = npt.NDArray[np.float32]


class ShiftFinder:
    """Remembers 160 ms of microphone and linear output, and tells the shift between them."""

    def __init__(self) -> None:
        self._near: deque[bytes] = deque(maxlen=_FRAMES)
        self._out: deque[bytes] = deque(maxlen=_FRAMES)
        self._last = 0

    def heard(self, near: bytes, out: bytes) -> None:
        """The microphone's next frame and what a canceller made of it, linearly."""
        self._near.append(near)
        self._out.append(out)

    def forget(self) -> None:
        """The reference was moved: what was heard says nothing any more."""
        self._near.clear()
        self._out.clear()
        self._last = 0

    def shift(self) -> int | None:
        """Samples by which the echo comes later than estimated, once two looks agree on it.

        In double talk a move may explain more by chance, but not the same move twice.
        """
        found, last = self._look(), self._last
        self._last = found
        return found if found and abs(found - last) <= _AGREE else None

    def _look(self) -> int:
        if len(self._near) < _LEAST_FRAMES:
            return 0
        near, out = _samples(self._near), _samples(self._out)
        echo = near - out
        lag = _best_lag(near, echo)
        alike = _common_share(near, echo, lag)
        worth = alike >= _LEAST_SHARE and 1 - alike <= _GAIN * (1 - _common_share(near, echo, 0))
        return lag if worth else 0


def _common_share(near: Samples, echo: Samples, lag: int) -> float:
    """Share of the microphone's power that the estimate explains when it is moved by `lag`."""
    if lag > 0:
        near, echo = near[lag:], echo[:-lag]
    elif lag < 0:
        near, echo = near[:lag], echo[-lag:]
    common = float(near @ echo)
    return common**2 / (float(near @ near) * float(echo @ echo) + 1.0) if common > 0 else 0.0


def _best_lag(near: Samples, echo: Samples) -> int:
    """The peak of the correlation of phases."""
    cross = np.conj(np.fft.rfft(echo, _SIZE))
    cross *= np.fft.rfft(near, _SIZE)
    cross /= np.abs(cross) + 1.0
    correlation = np.fft.irfft(cross, _SIZE)
    lags = np.concatenate((correlation[-_REACH:], correlation[: _REACH + 1]))
    return int(lags.argmax()) - _REACH


def _samples(frames: deque[bytes]) -> Samples:
    """Differences of the samples: engines take more than echo from the lowest frequencies."""
    return np.diff(np.frombuffer(b"".join(frames), "<i2").astype(np.float32))
