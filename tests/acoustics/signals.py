"""Signals as float32 samples in 16-bit steps at 8 kHz: frames, levels, and the mu-law line."""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from media.audio import g711
from media.audio.level import active_dbfs
from media.audio.resample import to_pcm, to_samples

Signal = npt.NDArray[np.float32]
"""Samples in 16-bit steps at 8 kHz."""

RATE = g711.SAMPLE_RATE
FRAME = g711.FRAME_BYTES


def to_frames(signal: Signal) -> list[bytes]:
    """Whole 20 ms frames of PCM s16le; a shorter end is left out."""
    pcm, size = to_pcm(signal), 2 * FRAME
    return [pcm[at : at + size] for at in range(0, len(pcm) // size * size, size)]


def from_frames(frames: Iterable[bytes]) -> Signal:
    """Frames of PCM s16le, one after the other, as one signal."""
    return to_samples(b"".join(frames))


def through(stage: Callable[[bytes], bytes], signal: Signal) -> Signal:
    """The signal after a stage that takes and gives one frame at a time."""
    return from_frames(stage(frame) for frame in to_frames(signal))


def on_the_line(signal: Signal) -> Signal:
    """Coded in G.711 mu-law and decoded again, saturated at 16 bits."""
    return to_samples(g711.decode(g711.encode(to_pcm(signal))))


def active_level(signal: Signal) -> float:
    """Active speech level in dBFS (0 dBFS is a square wave of full scale)."""
    return active_dbfs(to_pcm(signal), RATE)


def at_level(signal: Signal, dbfs: float) -> Signal:
    """The signal scaled to an active level; silence stays silence."""
    level = active_level(signal)
    gain = 0.0 if level <= -96.0 else 10 ** ((dbfs - level) / 20)
    return (signal * gain).astype(np.float32)


def delayed(signal: Signal, samples: int) -> Signal:
    """The same length with `samples` of silence in front."""
    return np.concatenate((np.zeros(samples, np.float32), signal))[: len(signal)]
