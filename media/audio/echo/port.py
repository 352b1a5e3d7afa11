"""What a linear echo canceller is, whichever engine does it."""

from typing import Protocol

FRAME = 160
"""Samples in a frame: 20 ms at 8 kHz."""
FRAME_BYTES = 2 * FRAME
TAIL = 1024
"""Samples of echo path that an engine must model: 128 ms."""


class EchoCanceller(Protocol):
    """An adaptive filter of `TAIL` samples or more; one per call, with state.

    `guards_itself`: the engine withstands double talk, and learns anew after a changed path, best
    when it may always learn.
    """

    name: str
    guards_itself: bool

    def cancel(self, near: bytes, far: bytes, learn: bool = True) -> bytes:
        """Microphone and reference of the same 20 ms -> the microphone less the estimated echo.

        Each is a frame of PCM s16le, 320 bytes; the echo of `far` begins in this frame or up to
        the tail later. The output is linear in the microphone: no suppression, no delay.
        Without `learn` the filter stays as it is: in double talk, whatever the engine itself does
        against it.
        Raises ValueError where a frame has another length.
        """

    def reset(self) -> None:
        """Forget the echo path and the signals."""


def require_frames(near: bytes, far: bytes) -> None:
    """Raises ValueError unless both are frames of 320 bytes."""
    if len(near) != FRAME_BYTES or len(far) != FRAME_BYTES:
        raise ValueError(
            f"a frame has {FRAME_BYTES} bytes, not {len(near)} (near) and {len(far)} (far)"
        )
