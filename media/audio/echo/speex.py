"""Linear echo cancellation by libspeexdsp's MDF filter."""

from ctypes import c_int

from media.audio.echo.port import FRAME, TAIL, require_frames
from media.audio.speexdsp import EchoState

_HEAD = c_int * 10
_SATURATED, _FUNNY = 5, 6
_FROZEN = 1000
_NEVER = -1000
_ONE_BAD = _NEVER + 1
_MOST_BAD = 50


class SpeexCanceller:
    """See `EchoCanceller`. Raises `SpeexMissing` where the library is nowhere.

    Speex's own defence against double talk leaves the filter 10 dB worse than before it with some
    talkers. The library has no request to stop learning, but a counter of frames in which the
    microphone clips and nothing is learned; it lies in the head of the state, whose layout is that
    of all releases 1.2 and is checked before it is used. So does the counter of bad frames, at 50
    of which Speex resets itself with a line on standard error: here it does so in silence.
    """

    name = "speex"
    guards_itself = False

    def __init__(self, tail: int = TAIL) -> None:
        self._echo = EchoState(FRAME, tail)
        head = _HEAD.from_address(self._echo.address)
        expected = [FRAME, 2 * FRAME, -(-tail // FRAME), 0, 0, 0, 0, 1, 1, 8000]
        self._head = head if list(head) == expected else None
        self._bad = 0

    def cancel(self, near: bytes, far: bytes, learn: bool = True) -> bytes:
        """The microphone less the echo that the filter expects."""
        require_frames(near, far)
        head = self._head
        if head is None:
            return self._echo.cancel(near, far)
        head[_SATURATED] = 0 if learn else _FROZEN
        head[_FUNNY] = _NEVER
        out = self._echo.cancel(near, far)
        if not head[_FUNNY]:
            self._bad = 0
            return out
        return self._misbehaved(near, out, head[_FUNNY])

    def _misbehaved(self, near: bytes, out: bytes, funny: int) -> bytes:
        """The filter adds echo, or the signals are beyond what Speex believes in (it is silent)."""
        self._bad += 1
        if self._bad >= _MOST_BAD or funny > _ONE_BAD:
            self.reset()
        return out if funny == _ONE_BAD else near

    def reset(self) -> None:
        """Forget the echo path."""
        self._bad = 0
        self._echo.reset()
