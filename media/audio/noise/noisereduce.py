"""Noise reduction by the package noisereduce, which hears a whole recording: no live engine."""

import numpy as np

from media.audio.g711 import SAMPLE_RATE
from media.audio.noise.port import PCM_BYTES, require_frame
from media.audio.resample import to_pcm, to_samples

_SHARE = 0.8
"""Of the noise that is taken away: all of it takes speech with it (PESQ of clean speech 2.6
instead of 4.3)."""
_CONTEXT = 50 * PCM_BYTES
"""It needs a second of sound to tell noise from speech."""
REFUSED = (
    "it needs 12 to 20 ms of processor time for each frame of 20 ms, a thousand times that of "
    "speex, and gains less; it serves recordings (dialer audio clean), or a call when forced"
)


def clean(pcm: bytes) -> bytes:
    """PCM s16le at 8 kHz, of any length, with its noise lowered. Raises ImportError without the
    package."""
    from noisereduce import reduce_noise

    samples = to_samples(pcm)
    if not samples.any():
        return pcm
    quiet = reduce_noise(
        y=samples, sr=SAMPLE_RATE, stationary=False, prop_decrease=_SHARE, n_fft=256
    )
    return to_pcm(np.nan_to_num(quiet))


class NoisereduceReducer:
    """See `NoiseReducer`. The last second through `clean` for each frame, of which the frame
    before the newest is kept, as the edge comes out badly (PESQ of clean speech 3.1, not 4.0).

    Raises ValueError unless `forced`, and ImportError without the package.
    """

    name = "noisereduce"
    delay_samples = PCM_BYTES // 2

    def __init__(self, forced: bool = False) -> None:
        if not forced:
            raise ValueError(f"noise reduction by noisereduce is refused: {REFUSED}")
        self.reset()
        clean(bytes([1]) * PCM_BYTES)

    def reset(self) -> None:
        """See `NoiseReducer`."""
        self._heard = bytes(_CONTEXT)

    def reduce(self, frame: bytes) -> bytes:
        """See `NoiseReducer`."""
        require_frame(frame)
        self._heard = self._heard[PCM_BYTES:] + frame
        return clean(self._heard)[-2 * PCM_BYTES : -PCM_BYTES]
