"""The packet-loss concealment of ITU-T G.711 Appendix I (1999), as a rival.

History of 390 samples, output 30 samples late; the last pitch period (40-120 samples, normalised
cross-correlation over 20 ms) is repeated with overlaps of a quarter period, two and three periods
from 10 and 20 ms on, fading by 20 % each 10 ms after the first, silent from 60 ms on.
"""

import numpy as np
import numpy.typing as npt

from media.audio.resample import Samples, to_pcm, to_samples

_STEP = 80
_HISTORY = 390
_LATE = 30
_LEAST_PITCH, _MOST_PITCH = 40, 120
_WINDOW = 160
_FADE = 0.2
_MUTE_AFTER = 6
_MORE_OVERLAP = 32
Curve = npt.NDArray[np.float64]


class AppendixI:
    """A concealer of frames of PCM s16le; works in halves of 10 ms."""

    def __init__(self) -> None:
        self._history: Curve = np.zeros(_HISTORY)
        self._erased = 0
        self._pitch = self._overlap = _LEAST_PITCH
        self._cycle: Curve = np.zeros(_LEAST_PITCH)
        self._source = self._history
        self._at = 0

    def good(self, frame: bytes) -> bytes:
        """A frame that arrived; its head overlaps with what was made up."""
        samples = to_samples(frame)
        return self._out([self._received(half) for half in np.split(samples, 2)])

    def lost(self) -> bytes:
        """A frame in place of one that did not."""
        return self._out([self._made_up() for _ in range(2)])

    @staticmethod
    def _out(halves: list[Curve]) -> bytes:
        return to_pcm(np.concatenate(halves).astype(np.float32))

    def _save(self, half: Curve) -> Curve:
        self._history = np.concatenate((self._history[len(half) :], half))
        return self._history[-_STEP - _LATE : -_LATE]

    def _received(self, half: Samples) -> Curve:
        joined = half.astype(np.float64)
        if self._erased:
            size = min(_STEP, self._overlap + (self._erased - 1) * _MORE_OVERLAP)
            fade = np.arange(size) / size
            made = self._next(size) * self._gain(size)
            joined[:size] = joined[:size] * fade + made * (1 - fade)
            self._erased = 0
        return self._save(joined)

    def _made_up(self) -> Curve:
        if self._erased == 0:
            self._begin()
        elif self._erased <= 2:
            half = self._longer()
            self._erased += 1
            return self._save(half)
        half = np.zeros(_STEP)
        if self._erased < _MUTE_AFTER:
            half = self._next(_STEP) * self._gain(_STEP)
        self._erased += 1
        return self._save(half)

    def _gain(self, size: int) -> Curve:
        """20 % down over each 10 ms, from the second on."""
        done = (self._erased - 1) * _STEP + np.arange(size)
        fall = 1 - _FADE * np.maximum(done, 0) / _STEP if self._erased > 0 else np.ones(size)
        return np.maximum(fall, 0.0)

    def _begin(self) -> None:
        self._source = self._history.copy()
        self._pitch = _pitch(self._source)
        self._overlap = self._pitch // 4
        self._use(1)
        self._at = 0
        self._history[-self._overlap :] = self._cycle[-self._overlap :]

    def _use(self, periods: int) -> None:
        """The last periods as a cycle whose end leads into its beginning."""
        size, overlap = periods * self._pitch, self._overlap
        self._cycle = self._source[-size:].copy()
        fade = np.arange(overlap) / overlap
        before = self._source[-size - overlap : -size]
        self._cycle[-overlap:] = self._cycle[-overlap:] * (1 - fade) + before * fade

    def _longer(self) -> Curve:
        """One period more, faded in from where the shorter cycle would have gone on."""
        fade = np.arange(self._overlap) / self._overlap
        old_at = self._at
        goes_on = self._next(self._overlap)
        self._use(self._erased + 1)
        self._at = old_at % self._pitch
        half = self._next(_STEP)
        half[: self._overlap] = half[: self._overlap] * fade + goes_on * (1 - fade)
        return half * self._gain(_STEP)

    def _next(self, size: int) -> Curve:
        size_of_cycle = len(self._cycle)
        taken = self._cycle[(self._at + np.arange(size)) % size_of_cycle]
        self._at = (self._at + size) % size_of_cycle
        return taken


def _pitch(history: Curve) -> int:
    """The lag whose window is most like the last 20 ms."""
    last = history[-_WINDOW:]
    best, pitch = -np.inf, _LEAST_PITCH
    for lag in range(_LEAST_PITCH, _MOST_PITCH + 1):
        before = history[-_WINDOW - lag : -lag]
        likeness = float(last @ before) / np.sqrt(max(float(before @ before), 250.0))
        if likeness > best:
            best, pitch = likeness, lag
    return pitch
