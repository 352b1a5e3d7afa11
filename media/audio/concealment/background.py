"""The noise of the line between words: found while frames arrive, made anew in a long gap."""

from collections.abc import Iterator

import numpy as np

from media.audio import pcm
from media.audio.concealment.port import FRAME, Samples

_RISE = 1.01
"""A frame: a floor once found may double in 1.4 s, so that a noise that grew is believed."""
_SURE_AFTER = 50
"""Frames, 1 s: after fewer the quietest may still be speech."""
_LOUDEST = 512.0
"""RMS in 16-bit steps, -36 dBFS; what is louder all the time is music or speech."""


class NoiseFloor:
    """Keeps the quietest frame heard of late."""

    def __init__(self) -> None:
        self._quietest = bytes(2 * FRAME)
        self._level = float("inf")
        self._heard = 0

    def hear(self, frame: bytes) -> None:
        """A frame of PCM s16le that arrived."""
        level = pcm.rms(frame, 2)
        self._heard += 1
        if level <= self._level:
            self._quietest, self._level = frame, max(level, 1.0)
        else:
            self._level *= _RISE

    def background(self) -> Samples:
        """The quietest frame, at most -36 dBFS loud; zeros in the first second."""
        if self._heard < _SURE_AFTER:
            return np.zeros(FRAME, np.float32)
        level = max(pcm.rms(self._quietest, 2), 1)
        share = np.float32(min(1.0, _LOUDEST / level))
        quietest: Samples = np.frombuffer(self._quietest, "<i2") * share
        return quietest


class Background:
    """Noise with the spectrum and the level of the quietest frame, for one gap.

    White noise through the frame itself as a filter has the frame's power spectrum, and goes on
    from frame to frame without a seam.
    """

    def __init__(self, quietest: Samples) -> None:
        self._filter = quietest / np.float32(FRAME**0.5)

    def take(self, at: int, count: int) -> Samples:
        """`count` samples, at most `FRAME`, from sample `at` of the gap on."""
        begin = at % _PERIOD
        return np.convolve(_SIGNS[begin : begin + count + FRAME - 1], self._filter, "valid")


def _signs() -> Iterator[float]:
    """A maximum-length sequence (Golomb 1967), which is white: x^13 + x^4 + x^3 + x + 1."""
    state = 1
    while True:
        yield 1.0 if state & 1 else -1.0
        bit = (state ^ state >> 1 ^ state >> 3 ^ state >> 4) & 1
        state = state >> 1 | bit << 12


_PERIOD = 2**13 - 1
_SIGNS = np.fromiter(_signs(), np.float32, _PERIOD + 2 * FRAME)
