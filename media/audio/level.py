"""How loud PCM s16le is, in dBFS, and making it as loud as wanted without clipping.

0 dBFS is a square wave of full scale, so a sine of full scale is at -3.01 dBFS.
"""

import numpy as np
import numpy.typing as npt

FULL_SCALE = 32768.0
SILENT_DBFS = -96.0
"""Stands for minus infinity: below one step of 16 bits."""
_ACTIVITY_MARGIN_DB = 15.9
_KNEE = 0.7 * FULL_SCALE


def to_dbfs(amplitude: float) -> float:
    """Amplitude in sample steps -> dBFS, never below `SILENT_DBFS`."""
    if amplitude <= 0.0:
        return SILENT_DBFS
    return max(SILENT_DBFS, 20.0 * float(np.log10(amplitude / FULL_SCALE)))


def rms_dbfs(pcm: bytes) -> float:
    """Root mean square of a piece of any length; empty is silent."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    if not samples.size:
        return SILENT_DBFS
    return to_dbfs(float(np.sqrt(np.dot(samples, samples) / samples.size)))


def peak_dbfs(pcm: bytes) -> float:
    """The largest sample's level; empty is silent."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    return to_dbfs(float(np.abs(samples).max())) if samples.size else SILENT_DBFS


def active_dbfs(pcm: bytes, sample_rate: int) -> float:
    """Level of speech without its pauses.

    The mean power of the 20 ms frames that lie within 15.9 dB of that mean: the margin of
    ITU-T P.56 method B on frames instead of an envelope.
    """
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    frame = sample_rate // 50
    if samples.size < frame:
        return rms_dbfs(pcm)
    whole = samples[: samples.size // frame * frame].reshape(-1, frame)
    power = (whole**2).mean(axis=1)
    mean = float(power.mean())
    for _ in range(20):
        active = power[power >= mean * 10 ** (-_ACTIVITY_MARGIN_DB / 10)]
        if not active.size or float(active.mean()) == mean:
            break
        mean = float(active.mean())
    return to_dbfs(float(np.sqrt(mean)))


def gain_for(level_dbfs: float, target_dbfs: float, most_db: float = 30.0) -> float:
    """The factor that brings `level_dbfs` to `target_dbfs`; at most `most_db` up or down."""
    return float(10 ** (max(-most_db, min(most_db, target_dbfs - level_dbfs)) / 20))


def amplify(samples: npt.NDArray[np.float32], gain: float) -> npt.NDArray[np.float32]:
    """`samples * gain`, bent smoothly above -3 dBFS so that nothing reaches full scale.

    Memoryless, so it may be applied piece by piece without clicks.
    """
    loud = samples * np.float32(gain)
    size = np.abs(loud)
    room = FULL_SCALE - 1 - _KNEE
    bent = _KNEE + room * np.tanh((size - _KNEE) / room)
    limited: npt.NDArray[np.float32] = np.where(size > _KNEE, np.sign(loud) * bent, loud).astype(
        np.float32
    )
    return limited
