"""Makes up the frames that the carrier lost, out of what was heard before them."""

from collections import deque
from collections.abc import Callable

import numpy as np

from media.audio import pcm
from media.audio.concealment.background import NoiseFloor
from media.audio.concealment.pitch import PitchWaveform
from media.audio.concealment.plain import Line, Repetition, Spectrum
from media.audio.concealment.port import FRAME, HISTORY, Continuation, Past, Samples

METHODS: dict[str, Callable[[Past], Continuation]] = {
    "pitch": PitchWaveform,
    "simple": Repetition,
    "linear": Line,
    "spectral": Spectrum,
}
_BYTES = 2 * FRAME
_FRAMES = HISTORY // FRAME
_MERGE = 16
"""Samples, 2 ms, of cross-fade into the first good frame: all of it that is real is worth more."""
_WEIGHT = (np.arange(1, _MERGE + 1) / (_MERGE + 1)).astype(np.float32)


class PacketLossConcealment:
    """One stream of 20 ms frames, PCM s16le at 8 kHz; adds no delay.

    Frames that arrive pass as they are, except the first after a gap, into which what was made up
    is blended. `concealed` counts the frames made up, `longest_gap` those of the longest gap.
    Raises ValueError for a method nobody knows.
    """

    def __init__(self, method: str = "pitch") -> None:
        if method not in METHODS:
            raise ValueError(f"no concealment {method!r}: one of {', '.join(METHODS)}")
        self.concealed = self.longest_gap = 0
        self._begin = METHODS[method]
        self._recent = deque([bytes(_BYTES)] * _FRAMES, maxlen=_FRAMES)
        self._floor = NoiseFloor()
        self._gap: Continuation | None = None
        self._lost = 0

    def good(self, frame: bytes) -> bytes:
        """A frame that arrived, 320 bytes. Raises ValueError on another length."""
        if len(frame) != _BYTES:
            raise ValueError(f"a frame has {_BYTES} bytes, not {len(frame)}")
        self._floor.hear(frame)
        if self._gap is not None:
            frame = self._merge(self._gap, frame)
            self._gap, self._lost = None, 0
        self._recent.append(frame)
        return frame

    def lost(self) -> bytes:
        """20 ms in place of a frame that did not arrive, no peak louder than the 80 ms before."""
        if self._gap is None:
            recent = np.frombuffer(b"".join(self._recent), "<i2").astype(np.float32)
            self._gap = self._begin(Past(recent, self._floor.background()))
        self._lost += 1
        self.concealed += 1
        self.longest_gap = max(self.longest_gap, self._lost)
        made = _to_pcm(self._gap.take(FRAME), self._loudest())
        self._recent.append(made)
        return made

    def _loudest(self) -> int:
        return min(pcm.peak(b"".join(self._recent), 2), 32767)

    def _merge(self, gap: Continuation, frame: bytes) -> bytes:
        real = np.frombuffer(frame, "<i2", _MERGE).astype(np.float32)
        most = self._loudest()
        made = np.clip(gap.take(_MERGE), -most, most)
        return _to_pcm(made + _WEIGHT * (real - made), 32767) + frame[2 * _MERGE :]


def _to_pcm(samples: Samples, most: int) -> bytes:
    bounded = np.minimum(np.maximum(samples, -most), most)
    return np.rint(bounded, out=bounded).astype("<i2").tobytes()
