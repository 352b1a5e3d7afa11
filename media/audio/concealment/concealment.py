"""Makes up the frames that the carrier lost, out of what was heard before them."""

from collections import deque
from collections.abc import Callable

import numpy as np

from media.audio.concealment.pitch import PitchWaveform
from media.audio.concealment.plain import Line, Repetition, Spectrum
from media.audio.concealment.port import FRAME, HISTORY, Continuation, Samples

METHODS: dict[str, Callable[[Samples], Continuation]] = {
    "pitch": PitchWaveform,
    "simple": Repetition,
    "linear": Line,
    "spectral": Spectrum,
}
_BYTES = 2 * FRAME
_FRAMES = HISTORY // FRAME
_MERGE, _MERGE_MORE, _LONGEST_MERGE = 16, 16, 80
"""Samples of cross-fade into the first good frame: 2 ms, 2 ms more a lost frame, 10 ms at most."""


class PacketLossConcealment:
    """One stream of 20 ms frames, PCM s16le at 8 kHz; adds no delay.

    Frames that arrive pass as they are, except the first after a gap, into which what was made up
    is blended. Raises ValueError for a method nobody knows.
    """

    def __init__(self, method: str = "pitch") -> None:
        if method not in METHODS:
            raise ValueError(f"no concealment {method!r}: one of {', '.join(METHODS)}")
        self._begin = METHODS[method]
        self._recent = deque([bytes(_BYTES)] * _FRAMES, maxlen=_FRAMES)
        self._gap: Continuation | None = None
        self._lost = 0

    def good(self, frame: bytes) -> bytes:
        """A frame that arrived, 320 bytes. Raises ValueError on another length."""
        if len(frame) != _BYTES:
            raise ValueError(f"a frame has {_BYTES} bytes, not {len(frame)}")
        if self._gap is not None:
            frame = self._merge(self._gap, frame)
            self._gap, self._lost = None, 0
        self._recent.append(frame)
        return frame

    def lost(self) -> bytes:
        """20 ms in place of a frame that did not arrive."""
        if self._gap is None:
            heard = np.frombuffer(b"".join(self._recent), "<i2")
            self._most = float(np.abs(heard).max())
            self._gap = self._begin(heard.astype(np.float32))
        self._lost += 1
        made = _to_pcm(self._gap.take(FRAME), self._most)
        self._recent.append(made)
        return made

    def _merge(self, gap: Continuation, frame: bytes) -> bytes:
        count = min(_LONGEST_MERGE, _MERGE + _MERGE_MORE * (self._lost - 1))
        heard = np.frombuffer(frame, "<i2").astype(np.float32)
        weight = np.arange(1, count + 1, dtype=np.float32) / np.float32(count + 1)
        went_on = gap.take(count)
        heard[:count] = went_on + weight * (heard[:count] - went_on)
        return _to_pcm(heard, 32767.0)


def _to_pcm(samples: Samples, most: float) -> bytes:
    return np.rint(np.clip(samples, -most, most)).astype("<i2").tobytes()
