"""`pitch`: the last periods of the voice go on."""

import numpy as np

from media.audio.concealment.port import FRAME, Samples

SHORTEST, LONGEST = 36, 160
"""Pitch lags in samples: 222 down to 50 Hz; of a higher voice two periods are one lag."""
_MATCH = 80
"""Samples, 10 ms, that must look alike one lag apart."""
_FADE_A_FRAME = 0.85
"""Slower than Appendix I, which is mute after 60 ms: in bursts that costs more than it saves."""
_MOST_PERIODS = 3


class PitchWaveform:
    """Waveform substitution (Goodman et al. 1986; ITU-T G.711 Appendix I) without its delay.

    The lag is where the last 10 ms correlate best with what came before. One period is repeated
    for 20 ms, then two, then three, so that a long gap does not buzz; their end is blended into
    what preceded their beginning, so that they loop.
    """

    def __init__(self, history: Samples) -> None:
        self._history = history
        self._lag = _lag(history)
        self._at = 0

    def take(self, count: int) -> Samples:
        """See `Continuation`."""
        cycle = self._cycle(min(_MOST_PERIODS, 1 + self._at // FRAME))
        n = np.arange(self._at, self._at + count)
        self._at += count
        fade = (_FADE_A_FRAME ** (n / FRAME)).astype(np.float32)
        made: Samples = cycle[n % len(cycle)] * fade
        return made

    def _cycle(self, periods: int) -> Samples:
        blend = self._lag // 4
        most = len(self._history) - blend
        length = self._lag * min(periods, most // self._lag)
        cycle = self._history[-length:].copy()
        ramp = np.arange(1, blend + 1, dtype=np.float32) / np.float32(blend + 1)
        cycle[-blend:] += ramp * (self._history[-length - blend : -length] - cycle[-blend:])
        return cycle


def _lag(history: Samples) -> int:
    """The lag of the best normalised cross-correlation."""
    lags = LONGEST - SHORTEST + 1
    recent = history[-_MATCH - LONGEST :]
    windows = np.lib.stride_tricks.sliding_window_view(recent, _MATCH)[:lags]
    power = np.cumsum(np.concatenate((np.zeros(1, np.float32), recent**2)))
    energy = (power[_MATCH:] - power[:-_MATCH])[:lags]
    score = windows @ recent[-_MATCH:] / np.sqrt(np.maximum(energy, 0) + 1.0)
    return LONGEST - int(np.argmax(score))
