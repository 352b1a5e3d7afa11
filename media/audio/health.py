"""How the line was in one call: levels, clipping, loss, jitter, noise."""

from math import log10

from dialer.call import HeardSecond
from media.audio.g711 import FRAME_BYTES
from media.audio.level import SILENT_DBFS

_FRAMES_A_SECOND = 50
_LOUDEST = (b"\x00", b"\x80")
"""The two code words of G.711 beyond which nothing can be said: what clips ends up in them."""
_FLOOR_SHARE = 0.1
_JITTER_WEIGHT = 1 / 16


class Jitter:
    """Interarrival jitter as of RFC 3550, 6.4.1, in ms."""

    def __init__(self) -> None:
        self._transit_ms: float | None = None
        self.ms = 0.0

    def feed(self, arrived_ms: float, timestamp_ms: int) -> None:
        """A packet with this timestamp arrived at this moment of any steady clock."""
        transit = arrived_ms - timestamp_ms
        if self._transit_ms is not None:
            self.ms += (abs(transit - self._transit_ms) - self.ms) * _JITTER_WEIGHT
        self._transit_ms = transit


class LineLog:
    """Collects, frame by frame, what `AudioHealth` tells of the callee's sound."""

    def __init__(self) -> None:
        self._levels = [0] * (1 - int(SILENT_DBFS))
        self._speech_power = 0.0
        self._speech_frames = 0
        self._gap = 0
        self._now = [0.0, 0, 0]
        self.frames = self.lost = self.longest_gap = self.clipped = 0
        self.seconds: list[HeardSecond] = []

    def frame(self, ulaw: bytes | None, level_dbfs: float, speech: bool) -> None:
        """20 ms as it came from the line, None where it was lost; its level; was it speech."""
        self.frames += 1
        power = 10 ** (level_dbfs / 10)
        if ulaw is None:
            self.lost += 1
            self._gap += 1
            self.longest_gap = max(self.longest_gap, self._gap)
        else:
            self._gap = 0
            self.clipped += ulaw.count(_LOUDEST[0]) + ulaw.count(_LOUDEST[1])
            self._levels[-int(level_dbfs)] += 1
        if speech:
            self._speech_frames += 1
            self._speech_power += power
        now = self._now
        now[0] += power
        now[1] += ulaw is None
        now[2] += speech
        if self.frames % _FRAMES_A_SECOND == 0:
            level = _dbfs(now[0] / _FRAMES_A_SECOND)
            self.seconds.append(
                HeardSecond(level_dbfs=round(level, 1), lost=int(now[1]), speech=int(now[2]))
            )
            self._now = [0.0, 0, 0]

    @property
    def speech_dbfs(self) -> float | None:
        """Mean level of the frames with speech."""
        if not self._speech_frames:
            return None
        return _dbfs(self._speech_power / self._speech_frames)

    @property
    def noise_dbfs(self) -> float | None:
        """The level that a tenth of all frames stay below: what remains in the gaps of speech."""
        below, total = 0, sum(self._levels)
        for quietness in range(len(self._levels) - 1, -1, -1):
            below += self._levels[quietness]
            if below and below >= _FLOOR_SHARE * total:
                return -float(quietness)
        return None

    @property
    def clipped_share(self) -> float:
        """Samples at the end of the range, as a share of all."""
        heard = self.frames - self.lost
        return self.clipped / (heard * FRAME_BYTES) if heard else 0.0


def _dbfs(power: float) -> float:
    return max(SILENT_DBFS, 10 * log10(power)) if power > 0 else SILENT_DBFS
