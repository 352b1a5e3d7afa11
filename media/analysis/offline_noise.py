"""Noise reduction that hears the whole recording first: the package noisereduce."""

import numpy as np

from media.audio.g711 import SAMPLE_RATE
from media.audio.resample import to_pcm, to_samples

NAME = "noisereduce"
_SHARE = 0.8
"""Of the noise that is taken away: all of it takes speech with it (PESQ of clean speech 2.6
instead of 4.3)."""


def reduce(pcm: bytes) -> bytes:
    """PCM s16le at 8 kHz, of any length, with its noise lowered. Raises ImportError without it."""
    import noisereduce

    samples = to_samples(pcm)
    if not samples.any():
        return pcm
    quiet = noisereduce.reduce_noise(
        y=samples, sr=SAMPLE_RATE, stationary=False, prop_decrease=_SHARE, n_fft=256
    )
    return to_pcm(np.asarray(quiet, dtype=np.float32))
