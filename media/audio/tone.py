"""Finds a single steady tone, the beep of an answering machine.

Method: Hann-windowed FFT of each 20 ms frame with parabolic interpolation of the peak (Smith,
Spectral Audio Signal Processing); a tone holds nearly all power in the window's main lobe and
keeps its frequency and level from frame to frame, which voiced speech does not.
"""

import numpy as np

from media.audio.g711 import FRAME_BYTES, FRAME_MS, SAMPLE_RATE
from media.audio.level import to_dbfs

_FFT = 512
_HZ_PER_BIN = SAMPLE_RATE / _FFT
_WINDOW = np.hanning(FRAME_BYTES)
_LOBE_BINS = round(2 * SAMPLE_RATE / FRAME_BYTES / _HZ_PER_BIN)
_LEAST_SHARE = 0.94
_LEAST_DBFS = -42.0
_SAME_HZ = 18.0
_SAME_DB = 3.0


def tone_hz(frame: bytes) -> float | None:
    """The frequency of the one tone that makes up a 20 ms frame (PCM s16le, 8 kHz), or None."""
    samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
    if to_dbfs(float(np.sqrt(np.mean(samples**2)))) < _LEAST_DBFS:
        return None
    power = np.abs(np.fft.rfft((samples - samples.mean()) * _WINDOW, _FFT)) ** 2
    peak = int(power.argmax())
    if peak < _LOBE_BINS or peak >= len(power) - _LOBE_BINS:
        return None
    lobe = power[peak - _LOBE_BINS : peak + _LOBE_BINS + 1]
    if float(lobe.sum()) < _LEAST_SHARE * float(power.sum()):
        return None
    left, top, right = np.log(power[peak - 1 : peak + 2] + 1e-9)
    return float((peak + 0.5 * (left - right) / (left - 2 * top + right)) * _HZ_PER_BIN)


class BeepDetector:
    """True while one tone of 400-2000 Hz has held for at least `least_ms`. One per channel."""

    def __init__(
        self, least_ms: int = 180, lowest_hz: float = 400.0, highest_hz: float = 2000.0
    ) -> None:
        self._least_frames = -(-least_ms // FRAME_MS)
        self._band = (lowest_hz, highest_hz)
        self._hz = 0.0
        self._dbfs = 0.0
        self._frames = 0

    def feed(self, frame: bytes) -> bool:
        """Take 20 ms of PCM s16le at 8 kHz."""
        hz = tone_hz(frame)
        if hz is None or not self._band[0] <= hz <= self._band[1]:
            self._frames = 0
            return False
        samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
        dbfs = to_dbfs(float(np.sqrt(np.mean(samples**2))))
        steady = abs(hz - self._hz) <= _SAME_HZ and abs(dbfs - self._dbfs) <= _SAME_DB
        self._frames = self._frames + 1 if self._frames and steady else 1
        self._hz, self._dbfs = hz, dbfs
        return self._frames >= self._least_frames
