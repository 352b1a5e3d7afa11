"""A callee's ear: hears by loudness alone when the other side starts and stops talking."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from media.audio import g711
from media.simulator.playout.playback import FRAME, SILENCE

_FULL_SCALE = 32768.0
_START_FRAMES = 2
"""Two loud frames (40 ms) make a start; a single click does not."""


@lru_cache(maxsize=1)
def _squares() -> Callable[[int], int]:
    pcm = memoryview(g711.decode(bytes(range(256)))).cast("h")
    return [sample * sample for sample in pcm].__getitem__


@dataclass(frozen=True, slots=True)
class Spurt:
    """One stretch of talk. Positions in samples (8 kHz) since the pickup."""

    started: int
    ended: int


@dataclass(frozen=True, slots=True)
class Started:
    """The other side began to talk, at sample `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The other side has been quiet for the gap; the spurt is over."""

    spurt: Spurt


class Loudness:
    """Says whether a frame, or a sample in it, is louder than silence."""

    def __init__(self, loud_dbfs: float) -> None:
        self._threshold = (_FULL_SCALE * 10 ** (loud_dbfs / 20)) ** 2

    def loud(self, frame: bytes) -> bool:
        """Whether the frame's mean power is above the threshold."""
        if frame is SILENCE or frame == SILENCE:
            return False
        return sum(map(_squares(), frame)) > self._threshold * len(frame)

    def first(self, frame: bytes) -> int:
        """Offset of the first sample above the threshold; the frame's length if there is none."""
        square = _squares()
        return next((i for i, b in enumerate(frame) if square(b) > self._threshold), len(frame))

    def last(self, sound: bytes) -> int:
        """Offset after the last sample above the threshold; 0 if there is none."""
        square = _squares()
        count = len(sound)
        quiet = (i for i, b in enumerate(reversed(sound)) if square(b) > self._threshold)
        return count - next(quiet, count)


class Ear:
    """Turns frames into talk spurts; a spurt ends after `gap_frames` of quiet."""

    def __init__(self, loudness: Loudness, gap_frames: int) -> None:
        self._loudness = loudness
        self._gap = gap_frames
        self._now = 0
        self._run = 0
        self._run_from = 0
        self._quiet = 0
        self._last_loud = 0
        self.talking_since: int | None = None

    @property
    def talking(self) -> bool:
        """Whether a spurt is open."""
        return self.talking_since is not None

    @property
    def running(self) -> Spurt | None:
        """The open spurt up to its last loud sample so far."""
        return None if self.talking_since is None else Spurt(self.talking_since, self._last_loud)

    @property
    def quiet_frames(self) -> int:
        """Frames since the last loud one."""
        return self._quiet

    def hear(self, frame: bytes) -> Started | Ended | None:
        """Take the next 20 ms and say what changed."""
        at = self._now * FRAME
        self._now += 1
        if self._loudness.loud(frame):
            return self._loud(frame, at)
        self._run = 0
        self._quiet += 1
        if self.talking_since is None or self._quiet < self._gap:
            return None
        spurt = Spurt(self.talking_since, self._last_loud)
        self.talking_since = None
        return Ended(spurt)

    def _loud(self, frame: bytes, at: int) -> Started | None:
        if self._run == 0:
            self._run_from = at + min(self._loudness.first(frame), FRAME - 1)
        self._run += 1
        self._quiet = 0
        self._last_loud = at + self._loudness.last(frame)
        if self.talking_since is not None or self._run < _START_FRAMES:
            return None
        self.talking_since = self._run_from
        return Started(self._run_from)
