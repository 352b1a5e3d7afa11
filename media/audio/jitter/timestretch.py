"""Makes 20 ms out of more or of less sound than that, without changing its pitch (WSOLA)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

FRAME = 160
SHORTEST_LAG = 40
LONGEST_LAG = 120
"""5 to 15 ms: whole periods of every voice from 67 Hz on, two or three of a high one."""
OVERLAP = 80
QUIET_LAG = FRAME
_QUIET_POWER = (32768.0 * 10 ** (-48.0 / 20)) ** 2
"""Below -48 dBFS sound is a pause, which may be cut anywhere."""
_HASTE_BONUS = 0.15
"""How much likeness a hasty join gives away for the longest lag."""

_FADE_IN: Samples = ((np.arange(OVERLAP, dtype=np.float32) + 0.5) / OVERLAP).astype(np.float32)
_FADE_OUT: Samples = 1 - _FADE_IN
_POWER = _FADE_IN**2 + _FADE_OUT**2
_CROSS = 2 * _FADE_IN * _FADE_OUT
_LEAN: Samples = np.linspace(0, _HASTE_BONUS, LONGEST_LAG - SHORTEST_LAG + 1, dtype=np.float32)


class Stretched(NamedTuple):
    """One frame of 320 bytes and how many samples of the source it used up."""

    pcm: bytes
    used: int


def shorten(
    past: bytes, coming: bytes, most: int, gate: float, *, hasty: bool = False
) -> Stretched | None:
    """A frame that starts as `coming` does and leaves out up to `most` samples of it.

    `past` and `coming` are PCM s16le at 8 kHz: the 320 bytes played last and at least 640 bytes
    to be played. None where the sound is not alike enough one lag on: `gate` is the least
    normalised cross-correlation (1 = the same wave). Pauses pass any gate, and lose most.
    """
    if most < SHORTEST_LAG:
        return None
    sound = _samples(past + coming[: 4 * FRAME])
    if _is_quiet(sound[FRAME:]):
        return _join(sound, min(most, QUIET_LAG), 0.0)
    likeness = _likeness(sound, SHORTEST_LAG, min(most, LONGEST_LAG))
    return _join_best(sound, SHORTEST_LAG, likeness, _LEAN if hasty else None, gate)


def lengthen(
    past: bytes, coming: bytes, most: int, gate: float, *, hasty: bool = False
) -> Stretched | None:
    """A frame that starts as `coming` does and plays up to `most` samples of `past` once more.

    `coming` is at least 160 bytes; if it is less than a frame, as much is repeated as it lacks,
    at the least. The rest is as with `shorten`.
    """
    sound = _samples(past + coming[: 2 * FRAME])
    shortest = max(SHORTEST_LAG, 2 * FRAME - len(sound))
    longest = min(most, LONGEST_LAG)
    if longest < shortest or shortest > LONGEST_LAG - OVERLAP // 2:
        return None
    if _is_quiet(sound):
        return _join(sound, -longest, 0.0)
    likeness = _likeness(sound, -longest, -shortest)
    lean = _LEAN[longest - SHORTEST_LAG :: -1] if hasty else None
    return _join_best(sound, -longest, likeness, lean, gate)


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32)


def _is_quiet(sound: Samples) -> bool:
    return float(np.dot(sound, sound)) < _QUIET_POWER * sound.size


def _join_best(
    sound: Samples, first_lag: int, likeness: Samples, lean: Samples | None, gate: float
) -> Stretched | None:
    best = int(np.argmax(likeness if lean is None else likeness + lean[: len(likeness)]))
    score = float(likeness[best])
    return _join(sound, first_lag + best, score) if score >= gate else None


def _likeness(sound: Samples, first_lag: int, last_lag: int) -> Samples:
    """Normalised cross-correlation of the overlap with what lies each lag on (or back)."""
    here = sound[FRAME : FRAME + OVERLAP]
    there = sound[FRAME + first_lag : FRAME + last_lag + OVERLAP]
    running = np.concatenate((np.zeros(1), np.cumsum(there * there, dtype=np.float64)))
    energy = running[OVERLAP:] - running[:-OVERLAP]
    scale = np.sqrt(energy * float(np.dot(here, here))) + 1.0
    likeness: Samples = (np.correlate(there, here, "valid") / scale).astype(np.float32)
    return likeness


def _join(sound: Samples, lag: int, likeness: float) -> Stretched:
    """Cross-fade from the cursor to `lag` samples on; unlike waves keep their power, not sum."""
    there = FRAME + lag
    frame = sound[there : there + FRAME].copy()
    level = 1 / np.sqrt(_POWER + _CROSS * max(0.0, likeness))
    frame[:OVERLAP] *= _FADE_IN
    frame[:OVERLAP] += sound[FRAME : FRAME + OVERLAP] * _FADE_OUT
    frame[:OVERLAP] *= level
    pcm = np.clip(np.rint(frame), -32768, 32767).astype("<i2").tobytes()
    return Stretched(pcm, FRAME + lag)
