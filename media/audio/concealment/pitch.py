"""`pitch`: the last periods of the voice go on, and give way to the noise of the line."""

import numpy as np
import numpy.typing as npt

from media.audio.concealment.background import Background
from media.audio.concealment.lag import LONGEST, pitch_of
from media.audio.concealment.port import FRAME, Past, Samples
from media.audio.concealment.ringing import LENGTH, MEMORY, ringing

MUTE_AFTER_MS = 320
"""From then on the voice fades out within 40 ms, having fallen by 11 dB before.

Appendix I is mute after 60 ms, which in bursts costs 0.06 of PESQ and more.
"""
_FIRST, _NEXT = 0.6, 0.95
"""The fade of the first 20 ms and of each 20 ms after: what was foretold is soon wrong, but a
hole is worse than a guess."""
_CROSS = 80
"""Samples of cross-fade from one period to two, so that a long gap does not buzz."""
_MUTE = MUTE_AFTER_MS * 8
_MUTED = _MUTE + 2 * FRAME
_N = np.arange(_MUTED + FRAME)
_TO_MUTE = np.clip((_MUTED - _N) / (_MUTED - _MUTE), 0.0, 1.0)
_VOICE = _TO_MUTE * np.where(
    _N < FRAME, _FIRST ** (_N / FRAME), _FIRST * _NEXT ** (_N / FRAME - 1)
).astype(np.float32)
_NOISE = np.sqrt(1.0 - _VOICE**2).astype(np.float32)
"""Voice and noise are of no kin, so their powers add up."""
_GLIDING = np.minimum(_N, FRAME)
_BENT = _GLIDING * (_N - _GLIDING / 2)
"""By how many samples of lag the phase falls behind for each of glide, which lasts 20 ms."""
_PLACES = np.arange(2 * LONGEST + 2, dtype=np.float64)
_COUNT = np.arange(1, FRAME + 1, dtype=np.float32)
_IN = _COUNT[:_CROSS] / np.float32(_CROSS + 1)


class PitchWaveform:
    """Waveform substitution (Goodman et al. 1986; ITU-T G.711 Appendix I) without its delay.

    The last period is read over and over at the pitch and the glide of the voice. In the place of
    Appendix I's overlap with the past the error of the period's prediction at the gap's edge rings
    out through the vocal tract (cf. J.-H. Chen, ICASSP 2009), and so it does each time
    round. From 20 ms on two periods take turns.
    """

    def __init__(self, past: Past) -> None:
        recent = past.recent
        self._recent = recent
        self._background = Background(past.background)
        self._pitch = pitch_of(recent)
        size = round(self._pitch.lag)
        period = recent[-size:].copy()
        period[:LENGTH] += ringing(recent, recent[-MEMORY:] - recent[-MEMORY - size : -size])
        self._period = _closed(period)
        self._at = 0

    def take(self, count: int) -> Samples:
        """See `Continuation`."""
        at = self._at
        self._at += count
        if at >= _MUTED:
            return self._background.take(at, count)
        here = slice(at, at + count)
        made = self._voice(here)
        made *= _VOICE[here]
        made += _NOISE[here] * self._background.take(at, count)
        return made

    def _voice(self, here: slice) -> Samples:
        lag, glide = self._pitch
        phase = _N[here] / lag
        if glide:
            phase -= _BENT[here] * (glide / lag**2)
        if here.start < FRAME:
            return _read(self._period, phase)
        phase *= 0.5
        made = _read(self._two_periods(), phase)
        if here.start == FRAME:
            one = _read(self._period, 2 * phase[:_CROSS])
            made[:_CROSS] = one + _IN[: len(one)] * (made[:_CROSS] - one)
        return made

    def _two_periods(self) -> Samples:
        """Two periods, their end blended into what preceded their beginning."""
        recent, size = self._recent, round(2 * self._pitch.lag)
        blend = size // 8
        cycle = recent[-size:].copy()
        fade = _COUNT[:blend] / np.float32(blend + 1)
        cycle[-blend:] += fade * (recent[-size - blend : -size] - cycle[-blend:])
        return _closed(cycle)


def _closed(cycle: Samples) -> Samples:
    """A cycle with what follows its end, the beginning, to read between the samples."""
    return np.concatenate((cycle, cycle[:1]))


def _read(cycle: Samples, turns: npt.NDArray[np.float64]) -> Samples:
    """A closed cycle, begun `turns` ago, read between its samples on a line.

    Stretched by less than half a sample, the cycle takes as long as the lag, which is not whole.
    """
    places = turns - np.floor(turns)
    places *= len(cycle) - 1
    return np.interp(places, _PLACES[: len(cycle)], cycle).astype(np.float32)
