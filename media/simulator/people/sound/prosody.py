"""The same words slower, faster, higher or deeper, whatever engine or person spoke them."""

import numpy as np

from media.audio.resample import Samples

_HOP = 80
"""10 ms at 8 kHz between two pieces of the output."""
_PIECE = 2 * _HOP
_REACH = 64
"""8 ms either way in which the best joint is sought: a period of a deep voice."""


def changed(samples: Samples, speed: float = 1.0, semitones: float = 0.0) -> Samples:
    """Speech at 8 kHz, `speed` times as fast and `semitones` higher."""
    pitch = 2 ** (semitones / 12)
    if speed == pitch == 1.0:
        return samples
    return _resized(stretched(samples, pitch / speed), round(len(samples) / speed))


def stretched(samples: Samples, factor: float) -> Samples:
    """`factor` times as long at the same pitch.

    Overlap-add of pieces shifted to where they resemble what they follow (WSOLA; Verhelst and
    Roelands, ICASSP 1993).
    """
    if factor == 1.0 or len(samples) < 2 * (_PIECE + _REACH):
        return samples
    padded: Samples = np.pad(samples, (_REACH, _PIECE + 2 * _REACH))
    count = int(len(samples) * factor) // _HOP
    window: Samples = np.hanning(_PIECE + 1)[:-1].astype(np.float32)
    out: Samples = np.zeros(count * _HOP + _PIECE, dtype=np.float32)
    at = _REACH
    for index in range(count):
        out[index * _HOP : index * _HOP + _PIECE] += window * padded[at : at + _PIECE]
        wanted = min(round((index + 1) * _HOP / factor) + _REACH, len(padded) - _PIECE - _REACH)
        at = _best_joint(padded, at + _HOP, wanted)
    return out[: count * _HOP]


def _best_joint(padded: Samples, natural: int, wanted: int) -> int:
    """Near `wanted`, where the sound is most like what would follow naturally."""
    follower = padded[natural : natural + _PIECE]
    around = padded[wanted - _REACH : wanted + _REACH + _PIECE]
    if len(follower) < _PIECE or not follower.any():
        return wanted
    return wanted - _REACH + int(np.argmax(np.correlate(around, follower, "valid")))


def _resized(samples: Samples, count: int) -> Samples:
    """The same sound in `count` samples, through its spectrum."""
    if count == len(samples) or not len(samples):
        return samples
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(count // 2 + 1, dtype=complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return (np.fft.irfft(kept, count) * (count / len(samples))).astype(np.float32)
