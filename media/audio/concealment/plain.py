"""The three plain continuations: the last frame again, a line to zero, the last spectrum again."""

import numpy as np

from media.audio.concealment.port import FRAME, Past, Samples

_FADE_A_FRAME = 0.8
_LINE = np.linspace(1, 0, FRAME, endpoint=False, dtype=np.float32)


class Repetition:
    """`simple`: the last frame over and over, softer each time."""

    def __init__(self, past: Past) -> None:
        self._frame = past.recent[-FRAME:]
        self._at = 0

    def take(self, count: int) -> Samples:
        """See `Continuation`."""
        turn, place = np.divmod(np.arange(self._at, self._at + count), FRAME)
        self._at += count
        made: Samples = (self._frame[place] * _FADE_A_FRAME**turn).astype(np.float32)
        return made


class Line:
    """`linear`: the last frame fades to nothing within its length, then there is silence."""

    def __init__(self, past: Past) -> None:
        self._rest: Samples = past.recent[-FRAME:] * _LINE

    def take(self, count: int) -> Samples:
        """See `Continuation`."""
        made = np.zeros(count, np.float32)
        piece, self._rest = self._rest[:count], self._rest[count:]
        made[: len(piece)] = piece
        return made


class Spectrum:
    """`spectral`: the strongest partials of the last 40 ms go on, each at its own frequency.

    Sinusoidal model of McAulay and Quatieri (1986): peaks of the Hann-windowed spectrum, their
    frequencies from the phase that each advanced over the last 10 ms.
    """

    _SIZE = 2 * FRAME
    _HOP = FRAME // 2
    _PARTIALS = 24
    _WINDOW = np.hanning(_SIZE + 1)[:-1].astype(np.float32)
    _FADE_A_SAMPLE = 0.8 ** (1 / FRAME)

    def __init__(self, past: Past) -> None:
        history = past.recent
        before = np.fft.rfft(history[-self._SIZE - self._HOP : -self._HOP] * self._WINDOW)
        last = np.fft.rfft(history[-self._SIZE :] * self._WINDOW)
        size = np.abs(last)
        inner = size[1:-1]
        peaks = 1 + np.flatnonzero((inner > size[:-2]) & (inner >= size[2:]))
        peaks = peaks[np.argsort(size[peaks])[-self._PARTIALS :]]
        expected = 2 * np.pi * peaks * self._HOP / self._SIZE
        turned = np.angle(last[peaks]) - np.angle(before[peaks]) - expected
        turned -= 2 * np.pi * np.round(turned / (2 * np.pi))
        self._omega = (expected + turned) / self._HOP
        middle = np.angle(last[peaks]) + np.pi * peaks
        self._phase = middle + self._omega * (self._SIZE // 2)
        self._amplitude = 2 * size[peaks] / float(self._WINDOW.sum())
        self._at = 0

    def take(self, count: int) -> Samples:
        """See `Continuation`."""
        n = np.arange(self._at, self._at + count)
        self._at += count
        waves = np.cos(self._phase[:, None] + self._omega[:, None] * n)
        made: Samples = (self._amplitude @ waves * self._FADE_A_SAMPLE**n).astype(np.float32)
        return made
