"""The level of the noise under the speech, and whether a frame stands out of it."""

from collections import deque

from media.audio.g711 import FRAME_MS

_START_DBFS = -60.0


class NoiseFloor:
    """Minimum statistics (Martin 2001): the noise is what remains in the gaps of speech.

    The floor is the least smoothed level of the last `window_ms`, so it falls at once, rises
    `window_ms` after the noise did, and speech, which has gaps, does not lift it.
    """

    def __init__(self, start_dbfs: float = _START_DBFS, window_ms: int = 2000) -> None:
        self._start_dbfs = start_dbfs
        self._levels: deque[float] = deque([start_dbfs], maxlen=window_ms // FRAME_MS)
        self._recent: deque[float] = deque(maxlen=3)

    def feed(self, level_dbfs: float) -> float:
        """Take one frame's level, give the floor in dBFS."""
        self._recent.append(level_dbfs)
        self._levels.append(sum(self._recent) / len(self._recent))
        return min(self._levels)

    def reset(self) -> None:
        """Start anew at the start level."""
        self._recent.clear()
        self._levels.clear()
        self._levels.append(self._start_dbfs)
