"""Does a 20 ms frame hold speech: WebRTC's classifier, gated by an adaptive energy floor."""

from collections import deque
from typing import Protocol

import webrtcvad

from media.audio.g711 import FRAME_BYTES, FRAME_MS, SAMPLE_RATE
from media.audio.level import rms_dbfs


class VoiceActivity(Protocol):
    """One per audio channel; keeps state from frame to frame."""

    def is_speech(self, frame: bytes) -> bool:
        """`frame` is 20 ms of PCM s16le at 8 kHz, 320 bytes."""


class NoiseFloor:
    """Minimum statistics (Martin 2001): the noise is what remains in the gaps of speech.

    The floor is the least smoothed level of the last `window_ms`, so it falls at once, rises
    `window_ms` after the noise did, and speech, which has gaps, does not lift it.
    """

    def __init__(self, start_dbfs: float = -60.0, window_ms: int = 2000) -> None:
        self._levels: deque[float] = deque([start_dbfs], maxlen=window_ms // FRAME_MS)
        self._recent: deque[float] = deque(maxlen=3)

    def feed(self, level_dbfs: float) -> float:
        """Take one frame's level, give the floor in dBFS."""
        self._recent.append(level_dbfs)
        self._levels.append(sum(self._recent) / len(self._recent))
        return min(self._levels)


class SpeechDetector:
    """WebRTC VAD and'ed with `above_floor_db` over the noise floor and an absolute least level.

    The classifier alone takes car noise and line hum for speech; energy alone takes clicks for
    it. `aggressiveness` is WebRTC's 0 (lenient) to 3.
    """

    def __init__(
        self, aggressiveness: int = 2, above_floor_db: float = 8.0, least_dbfs: float = -48.0
    ) -> None:
        self._vad = webrtcvad.Vad(aggressiveness)
        self._floor = NoiseFloor()
        self._above_floor_db = above_floor_db
        self._least_dbfs = least_dbfs

    def is_speech(self, frame: bytes) -> bool:
        """See `VoiceActivity`. Raises ValueError unless the frame has 320 bytes."""
        if len(frame) != 2 * FRAME_BYTES:
            raise ValueError(f"a frame has {2 * FRAME_BYTES} bytes, not {len(frame)}")
        level = rms_dbfs(frame)
        floor = self._floor.feed(level)
        heard = self._vad.is_speech(frame, SAMPLE_RATE)
        return heard and level >= max(self._least_dbfs, floor + self._above_floor_db)
