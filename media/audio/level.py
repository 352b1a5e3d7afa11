"""How loud PCM s16le is, in dBFS.

0 dBFS is a square wave of full scale, so a sine of full scale is at -3.01 dBFS.
"""

from math import log10

import numpy as np

from media.audio import pcm
from media.audio.pcm import Sound

FULL_SCALE = 32768.0
SILENT_DBFS = -96.0
"""Stands for minus infinity: below one step of 16 bits."""
_ACTIVITY_MARGIN_DB = 15.9
_FULL_SCALE_32 = 2.0**31


def to_dbfs(amplitude: float, full_scale: float = FULL_SCALE) -> float:
    """Amplitude in sample steps -> dBFS, never below `SILENT_DBFS`."""
    if amplitude <= 0.0:
        return SILENT_DBFS
    return max(SILENT_DBFS, 20.0 * log10(amplitude / full_scale))


def rms_dbfs(sound: Sound) -> float:
    """Root mean square of a piece of any length; empty is silent.

    Widened to 32 bits first, as `audioop` gives whole steps and a soft line has few of 16 bits.
    """
    return to_dbfs(pcm.rms(pcm.lin2lin(sound, 2, 4), 4), _FULL_SCALE_32)


def peak_dbfs(sound: Sound) -> float:
    """The largest sample's level; empty is silent."""
    return to_dbfs(pcm.peak(sound, 2))


def active_dbfs(sound: Sound, sample_rate: int) -> float:
    """Level of speech without its pauses.

    The mean power of the 20 ms frames that lie within 15.9 dB of that mean: the margin of
    ITU-T P.56 method B on frames instead of an envelope.
    """
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float64)
    frame = sample_rate // 50
    if samples.size < frame:
        return rms_dbfs(sound)
    whole = samples[: samples.size // frame * frame].reshape(-1, frame)
    power = (whole**2).mean(axis=1)
    mean = float(power.mean())
    for _ in range(20):
        active = power[power >= mean * 10 ** (-_ACTIVITY_MARGIN_DB / 10)]
        if not active.size or float(active.mean()) == mean:
            break
        mean = float(active.mean())
    return to_dbfs(mean**0.5)
