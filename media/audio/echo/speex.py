"""Linear echo cancellation by libspeexdsp's MDF filter."""

from media.audio.echo.port import FRAME, TAIL, require_frames
from media.audio.speexdsp import EchoState


class SpeexCanceller:
    """See `EchoCanceller`. Raises `SpeexMissing` where the library is nowhere."""

    name = "speex"

    def __init__(self, tail: int = TAIL) -> None:
        self._echo = EchoState(FRAME, tail)

    def cancel(self, near: bytes, far: bytes) -> bytes:
        """The microphone less the echo that the filter expects."""
        require_frames(near, far)
        return self._echo.cancel(near, far)

    def reset(self) -> None:
        """Forget the echo path."""
        self._echo.reset()
