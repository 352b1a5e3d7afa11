"""Noise reduction by libspeexdsp's preprocessor."""

from media.audio.g711 import FRAME_BYTES
from media.audio.noise.port import require_frame
from media.audio.speexdsp import PREPROCESS_SET_NOISE_SUPPRESS, Preprocessor

SUPPRESS_DB = -18
"""Deeper gains in white noise only, and costs clean speech."""
HOP = FRAME_BYTES // 2
"""Half frames halve the delay of its overlapping windows, leave clean speech better than whole
ones do, and cost a microsecond more."""
_HOP_BYTES = 2 * HOP


class SpeexReducer:
    """See `NoiseReducer`. Raises `SpeexMissing` where the library is nowhere."""

    name = "speex"
    delay_samples = HOP

    def __init__(self, suppress_db: int = SUPPRESS_DB) -> None:
        self._suppress_db = suppress_db
        self.reset()

    def reduce(self, frame: bytes) -> bytes:
        """See `NoiseReducer`."""
        require_frame(frame)
        run = self._preprocessor.run
        return run(frame[:_HOP_BYTES]) + run(frame[_HOP_BYTES:])

    def reset(self) -> None:
        """See `NoiseReducer`."""
        self._preprocessor = Preprocessor(HOP)
        self._preprocessor.set(PREPROCESS_SET_NOISE_SUPPRESS, self._suppress_db)
