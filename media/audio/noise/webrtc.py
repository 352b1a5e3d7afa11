"""Noise reduction by WebRTC's audio processing module, as the livekit wheel carries it."""

from typing import Any

from media.audio.g711 import FRAME_BYTES, SAMPLE_RATE
from media.audio.noise.port import require_frame

_HALF = FRAME_BYTES // 2
"""Samples: the module takes 10 ms at a time."""


class WebrtcReducer:
    """See `NoiseReducer`. Raises ImportError without the package, and RuntimeError where the
    process was forked after another had used it."""

    name = "webrtc"
    delay_samples = 72

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """See `NoiseReducer`."""
        try:
            from livekit import rtc
        except ImportError as error:
            raise ImportError("pip install 'batch-dialer[webrtc]'") from error
        self._module: Any = rtc.AudioProcessingModule(noise_suppression=True)
        self._halves: list[Any] = [
            rtc.AudioFrame(bytearray(2 * _HALF), SAMPLE_RATE, 1, _HALF) for _ in range(2)
        ]

    def reduce(self, frame: bytes) -> bytes:
        """See `NoiseReducer`."""
        require_frame(frame)
        made = []
        for at, half in zip((0, 2 * _HALF), self._halves, strict=True):
            sound = half.data.cast("B")
            sound[:] = frame[at : at + 2 * _HALF]
            self._module.process_stream(half)
            made.append(bytes(sound))
        return b"".join(made)
