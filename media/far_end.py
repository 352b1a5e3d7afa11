"""When which of the agent's sound comes out of the callee's telephone: the echo's reference."""

from collections import deque
from collections.abc import Callable

from media.audio.g711 import FRAME_BYTES, FRAME_MS
from media.playout import BYTES_PER_MS

_SAME = 30 * BYTES_PER_MS
"""Marks are told in whole frames; a step beyond 30 ms is a hole in the play-out, or its start."""
_WAYS = 8
_SILENCE = b"\xff"

Played = Callable[[bytes, int], None]
"""Mu-law and the sample of the stream at which its first one is played; later words count."""


class FarEnd:
    """One per call. Positions are bytes since the first one sent; times are ms in, samples out.

    The carrier plays without holes what it holds, so within one stretch of sound the time of every
    sample follows from that of one. It is foretold when the sound is sent, as the beat of the
    callee's frames on which it will be played: the first one after the least way that sound took
    lately. The mark behind the first 20 ms of each answer makes it exact; it comes back between
    the callee's frames and so tells the time free of the network's jitter.
    """

    def __init__(self, played: Played) -> None:
        self._played = played
        self._sent: deque[tuple[int, bytes]] = deque()
        self._ahead = -_SAME - 1
        """Samples between a position and the time at which it is played."""
        self._end = 0
        self._begun, self._begun_ms = 0, 0
        self._ways_ms: deque[int] = deque(maxlen=_WAYS)

    def sent(self, position: int, ulaw: bytes, plays_ms: int, now_ms: int, beat_ms: int) -> None:
        """Sound goes out at `now_ms` that should be played at `plays_ms`; `beat_ms` is the time of
        any frame of the callee."""
        if abs(_ahead(position, plays_ms) - self._ahead) > _SAME:
            due_ms = now_ms + min(self._ways_ms, default=plays_ms - now_ms)
            self._ahead = _ahead(position, due_ms + (beat_ms - due_ms) % FRAME_MS)
            self._begun, self._begun_ms = position, now_ms
            self._sent.clear()
        self._sent.append((position, ulaw))
        self._end = position + len(ulaw)
        self._played(ulaw, position + self._ahead)

    def anchored(self, position: int, plays_ms: int, *, exact: bool) -> None:
        """A mark told when `position` was reached; `exact` for the first mark of an answer."""
        while self._sent and self._sent[0][0] + len(self._sent[0][1]) <= position:
            self._sent.popleft()
        if exact and position - self._begun == FRAME_BYTES:
            self._ways_ms.append(plays_ms - FRAME_MS - self._begun_ms)
        before, now = self._ahead, _ahead(position, plays_ms)
        if now == before or (abs(now - before) <= _SAME and not exact):
            return
        self._ahead = now
        for start, ulaw in self._sent:
            self._played(ulaw, start + now)
        self._hush(position + before, min(position + now, self._end + before))
        self._hush(self._end + now, self._end + before)

    def cleared(self, now_ms: int) -> None:
        """The carrier threw away what it had not played."""
        self._hush(now_ms * BYTES_PER_MS, self._end + self._ahead)
        self._sent.clear()
        self._ahead = _ahead(self._end, now_ms)

    def _hush(self, begin: int, end: int) -> None:
        """No sound there after all. Only what was sent can be there, however the times jump."""
        begin = max(begin, end - (self._end - self._begun))
        if end > begin:
            self._played(_SILENCE * (end - begin), begin)


def _ahead(position: int, plays_ms: int) -> int:
    return plays_ms * BYTES_PER_MS - position
