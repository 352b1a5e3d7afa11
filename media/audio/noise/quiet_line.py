"""Leaves a line alone on which there is no noise to reduce."""

from collections import deque

import numpy as np

from media.audio.g711 import FRAME_BYTES
from media.audio.level import SILENT_DBFS, rms_dbfs
from media.audio.noise.port import NoiseReducer, require_frame

QUIET_DBFS, NOISY_DBFS = -62.0, -58.0
_BLOCK, _BLOCKS = 10, 10
"""The floor is the least level of the last 2 s, in blocks of 200 ms."""
_RAMP = np.linspace(0, 1, FRAME_BYTES, endpoint=False, dtype=np.float32)


class QuietLine:
    """A reducer over another one. While the floor under the speech is below -62 dBFS the sound
    passes bit by bit, as late as the reducer would give it; above -58 dBFS the reducer's is given.

    What a reducer takes from clean speech costs the recogniser words, and on such a line there is
    nothing to gain. There the reducer rests; it listens again as soon as 200 ms go by without a
    pause, long before the line is known to be noisy, so that it has learned the noise by then.
    """

    def __init__(self, reducer: NoiseReducer) -> None:
        self._reducer = reducer
        self.name = reducer.name
        self.delay_samples = reducer.delay_samples
        self._forget()

    def _forget(self) -> None:
        self._late = bytes(2 * self.delay_samples)
        self._least = 0.0
        self._count = 0
        self._blocks: deque[float] = deque([SILENT_DBFS], maxlen=_BLOCKS)
        self._quiet, self._resting = True, False

    def reduce(self, frame: bytes) -> bytes:
        """See `NoiseReducer`."""
        require_frame(frame)
        sound = self._late + frame
        passed, self._late = sound[: len(frame)], sound[len(frame) :]
        was_quiet = self._quiet
        reduced = passed if self._resting else self._reducer.reduce(frame)
        self._judge(rms_dbfs(frame))
        if was_quiet == self._quiet:
            return passed if was_quiet else reduced
        return _blend(passed, reduced) if was_quiet else _blend(reduced, passed)

    def _judge(self, level_dbfs: float) -> None:
        self._least = min(self._least, level_dbfs)
        self._count += 1
        if self._count % _BLOCK:
            return
        if self._count == _BLOCK:
            self._blocks.clear()
        self._blocks.append(self._least)
        self._resting = self._quiet and self._least < QUIET_DBFS
        self._least = 0.0
        floor = min(self._blocks)
        self._quiet = floor < (NOISY_DBFS if self._quiet else QUIET_DBFS)

    def reset(self) -> None:
        """See `NoiseReducer`."""
        self._reducer.reset()
        self._forget()


def _blend(first: bytes, then: bytes) -> bytes:
    one, other = (np.frombuffer(pcm, "<i2").astype(np.float32) for pcm in (first, then))
    return np.rint(one + _RAMP * (other - one)).astype("<i2").tobytes()
