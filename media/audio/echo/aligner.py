"""How late the echo comes: a generalized cross-correlation over the whole range of delays."""

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from media.audio.echo.port import FRAME

_NEAR_FRAMES = 25
_NEAR = _NEAR_FRAMES * FRAME
_EARLIEST = -160
_LATEST = 5280
"""Delays looked at: 660 ms, and 20 ms of reference that was placed too late."""
_DECIMATED = 2
"""Half the rate is enough to find an echo, and costs half."""
_LAGS = (_LATEST - _EARLIEST) // _DECIMATED
_SIZE = 4860
_MEMORY = 0.7
_SPREAD = 40 // _DECIMATED
"""The echo's first sounds arrive within 5 ms."""
_SIZE_FLOOR = 1e-4
"""Of the strongest frequency: beneath it a tone's or hum's other frequencies tell nothing."""
_LEAST_PEAK = 12.0
_SURE_PEAK = 20.0
_AGREE = 40
_PIECE = 5 * FRAME
_AUDIBLE = _PIECE * 100.0**2

Spectrum = npt.NDArray[np.complex64]


class Aligner:
    """One per call. The phase transform (Knapp and Carter 1976), averaged over half-second windows.

    A search takes three calls of `step`, each well under 0.1 ms, so that no frame has to bear it
    all. `span(at_samples, samples)` gives the reference's PCM.
    """

    def __init__(self, span: Callable[[int, int], bytes]) -> None:
        self._span = span
        self._near: deque[bytes] = deque(maxlen=_NEAR_FRAMES)
        self._stage = 0
        self._cross = np.zeros(_SIZE // 2 + 1, np.complex64)
        self._spectrum = self._cross
        self._at = 0
        self._last: int | None = None
        self.peak = 0.0

    def heard(self, near: bytes) -> None:
        """The microphone's next frame."""
        self._near.append(near)

    @property
    def searching(self) -> bool:
        """Is a search under way? Then `step` carries it on."""
        return self._stage > 0

    def restart(self) -> None:
        """What was found is forgotten."""
        self._cross[:] = 0
        self._stage, self._last = 0, None

    def coupling(self, heard_to: int, delay: int) -> float:
        """Energy of the microphone over that of the reference `delay` samples before, both of late.

        The median of pieces of 100 ms, so that the callee's speech counts little.
        """
        begin = heard_to - len(self._near) * FRAME - delay
        near = _pieces(b"".join(self._near))
        far = _pieces(self._span(begin, len(self._near) * FRAME))
        heard = far > _AUDIBLE
        return float(np.median(near[heard] / far[heard])) if heard.any() else 0.0

    def step(self, at_samples: int) -> int | None:
        """A third of a search, `at_samples` being the end of what was heard.

        At its end the delay in samples at which the echo begins, if twice the same was found.
        """
        stage, self._stage = self._stage, (self._stage + 1) % 3
        if stage == 0:
            self._at = at_samples - len(self._near) * FRAME
            self._spectrum = _spectrum(b"".join(self._near))
        elif stage == 1:
            far = self._span(self._at - _LATEST, _NEAR + _LATEST - _EARLIEST)
            self._weigh(_spectrum(far))
        elif stage == 2:
            return self._agreed(self._peak())
        return None

    def _weigh(self, far: Spectrum) -> None:
        cross = far
        cross *= np.conj(self._spectrum)
        size = np.abs(cross)
        size += _SIZE_FLOOR * float(size.max()) + 1.0
        cross /= size
        self._cross *= np.float32(_MEMORY)
        self._cross += cross

    def _peak(self) -> int | None:
        """Lag 0 of the correlation is the latest delay: the far window begins that much early."""
        correlation = np.fft.irfft(self._cross, _SIZE)[:_LAGS]
        energy = np.cumsum(correlation * correlation)
        spread = energy[_SPREAD:] - energy[:-_SPREAD]
        best = int(spread.argmax())
        self.peak = float(spread[best] * len(spread) / (energy[-1] * _SPREAD + 1e-20))
        if self.peak < _LEAST_PEAK:
            return None
        return _LATEST - _DECIMATED * (best + _SPREAD)

    def _agreed(self, found: int | None) -> int | None:
        last, self._last = self._last, found
        if found is None or (self.peak >= _SURE_PEAK and found >= 0):
            return found
        return found if last is not None and abs(found - last) <= _AGREE else None


def _pieces(pcm: bytes) -> npt.NDArray[np.float32]:
    """The energy of each 100 ms."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    pieces = samples[: len(samples) // _PIECE * _PIECE].reshape(-1, _PIECE)
    energy: npt.NDArray[np.float32] = np.einsum("ij,ij->i", pieces, pieces)
    return energy


def _spectrum(pcm: bytes) -> Spectrum:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return np.fft.rfft(samples[::2] + samples[1::2], _SIZE).astype(np.complex64, copy=False)
