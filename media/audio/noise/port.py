"""What a noise reducer is, whichever engine does it."""

from typing import Protocol

from media.audio.g711 import FRAME_BYTES

PCM_BYTES = 2 * FRAME_BYTES
"""One frame: 20 ms of PCM s16le at 8 kHz."""


class NoiseReducer(Protocol):
    """One per stream; learns the noise as it goes.

    What comes out lags what goes in by `delay_samples`.
    """

    name: str
    delay_samples: int

    def reduce(self, frame: bytes) -> bytes:
        """20 ms of PCM s16le at 8 kHz, 320 bytes, in and out. Raises ValueError on another
        length."""

    def reset(self) -> None:
        """Forget the noise and the signal."""


def require_frame(frame: bytes) -> None:
    """Raises ValueError unless it has 320 bytes."""
    if len(frame) != PCM_BYTES:
        raise ValueError(f"a frame has {PCM_BYTES} bytes, not {len(frame)}")
