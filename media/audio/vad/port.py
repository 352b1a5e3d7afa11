"""What a detector of voice activity is, whichever engine does it."""

from typing import Protocol

from media.audio.g711 import FRAME_BYTES

PCM_BYTES = 2 * FRAME_BYTES
"""One frame: 20 ms of PCM s16le at 8 kHz."""


class VoiceActivity(Protocol):
    """One per audio channel; keeps state from frame to frame.

    `probability` is that of speech in the last frame, 0 to 1; engines that only decide give 0 or 1.
    `release_ms`: how long after the end of speech an engine goes on telling of it, as measured.
    """

    name: str
    probability: float
    release_ms: int

    def is_speech(self, frame: bytes) -> bool:
        """`frame` is PCM s16le at 8 kHz, 320 bytes; ValueError where it has another length."""

    def reset(self) -> None:
        """Forget all that was heard."""


def require_frame(frame: bytes) -> None:
    """Raises ValueError unless it has 320 bytes."""
    if len(frame) != PCM_BYTES:
        raise ValueError(f"a frame has {PCM_BYTES} bytes, not {len(frame)}")
