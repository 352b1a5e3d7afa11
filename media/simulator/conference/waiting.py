"""What a party hears who waits for a conference to begin, or is on hold: one sound, repeated."""

from functools import lru_cache

from media.simulator.people.speech import tone
from media.simulator.playout.playback import FRAME, SILENCE

_MELODY_HZ = (523, 659, 784, 659)
_NOTE_MS, _REST_MS = 600, 400
_MUSIC_DBFS = -30.0


@lru_cache(maxsize=1)
def music() -> bytes:
    """The carrier's own, where the customer names no other: four soft notes, mu-law."""
    rest = b"\xff" * (8 * _REST_MS)
    return b"".join(tone(_NOTE_MS, hz, _MUSIC_DBFS) + rest for hz in _MELODY_HZ)


class Waiting:
    """Frames of a mu-law sound without end; silence when there is no sound."""

    def __init__(self, sound: bytes) -> None:
        self.sound = sound
        self._at = 0

    def frame(self) -> bytes:
        """The next 20 ms; a sound that another has replaced goes on where that one was."""
        if not self.sound:
            return SILENCE
        piece = b""
        while len(piece) < FRAME:
            self._at %= len(self.sound)
            new = self.sound[self._at : self._at + FRAME - len(piece)]
            piece, self._at = piece + new, self._at + len(new)
        return piece
