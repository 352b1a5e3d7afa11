"""Voice activity by level alone, on nothing but the standard library."""

from math import exp

from media.audio.level import rms_dbfs
from media.audio.vad.floor import NoiseFloor
from media.audio.vad.port import require_frame

ABOVE_FLOOR_DB = 8.0
LEAST_DBFS = -48.0
_SLOPE_DB = 3.0


class EnergyDetector:
    """A frame is speech `above_floor_db` over the noise floor, if it has `least_dbfs`.

    `probability` is logistic in the dB over that threshold, so 0.5 at it.
    """

    def __init__(
        self, above_floor_db: float = ABOVE_FLOOR_DB, least_dbfs: float = LEAST_DBFS
    ) -> None:
        self.name = "energy"
        self.release_ms = 0
        self.probability = 0.0
        self._floor = NoiseFloor()
        self._above_floor_db = above_floor_db
        self._least_dbfs = least_dbfs

    def is_speech(self, frame: bytes) -> bool:
        """See `VoiceActivity`."""
        require_frame(frame)
        level = rms_dbfs(frame)
        floor = self._floor.feed(level)
        over_db = level - max(self._least_dbfs, floor + self._above_floor_db)
        self.probability = 1 / (1 + exp(-over_db / _SLOPE_DB))
        return over_db >= 0

    def reset(self) -> None:
        """See `VoiceActivity`."""
        self.probability = 0.0
        self._floor.reset()
