"""Streaming change of sample rate between the telephone's 8 kHz and the engines' rates."""

from functools import cache
from math import gcd
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_HALF_WIDTH_MS = 4.0
_KAISER_BETA = 7.0
_BAND = 0.93
"""The cut-off as a share of half the lower rate."""
_PART_MS = 2
"""Least duration of a part. Longer ones multiply more by zero, shorter ones loop more."""
_COEFFICIENT_STEP = 2.0**-24
_ROUNDER = np.float32(1.5 * 2**15)
"""What is added to a 32-bit float of 16-bit sound and taken away leaves multiples of 2^-9 or
coarser."""
_LARGEST_RATIO = 1000


def to_samples(pcm: bytes) -> Samples:
    """PCM s16le -> float samples in 16-bit steps."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32)


def to_pcm(samples: Samples) -> bytes:
    """Float samples in 16-bit steps -> PCM s16le, saturated."""
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


class _Filter(NamedTuple):
    """Outputs of whole periods (`step` inputs make `phases` outputs) as products with matrices.

    A block of `block` inputs has as many parts as there are matrices (parts, taps, outputs); the
    inputs of a part begin `stride` after those of the one before.
    """

    step: int
    phases: int
    half: int
    block: int
    stride: int
    matrices: npt.NDArray[np.float64]


@cache
def _filter(source_hz: int, target_hz: int) -> _Filter:
    """Windowed sinc of unit gain at 0 Hz, a Kaiser window of 4 ms either side."""
    shared = gcd(source_hz, target_hz)
    step, phases = source_hz // shared, target_hz // shared
    if max(step, phases) > _LARGEST_RATIO:
        raise ValueError(f"{source_hz} Hz to {target_hz} Hz is no ratio of small numbers")
    half = round(source_hz * _HALF_WIDTH_MS / 1000)
    periods = -(-source_hz * _PART_MS // 1000 // step)
    block, outputs = periods * step, periods * phases
    most = block * 1000 // (source_hz * _PART_MS)
    parts = max(number for number in range(1, most + 1) if outputs % number == 0)
    stride = block // parts
    # Instant of each output in inputs from the begin of its part's; [part, 1, output].
    instant = (np.arange(outputs) * step / phases).reshape(parts, 1, -1)
    instant -= stride * np.arange(parts)[:, None, None]
    taps = int(instant.max()) + 2 * half
    distance = np.arange(taps)[:, None] - (half - 1) - instant
    cutoff = _BAND * min(source_hz, target_hz) / source_hz if step != phases else 1.0
    inside = np.sqrt(np.maximum(0.0, 1 - (distance / half) ** 2))
    sinc = np.sinc(cutoff * distance) * np.i0(_KAISER_BETA * inside) * (np.abs(distance) < half)
    unit = np.rint(sinc / sinc.sum(axis=1, keepdims=True) / _COEFFICIENT_STEP)
    return _Filter(step, phases, half, block, stride, unit * _COEFFICIENT_STEP)


class Resampler:
    """Windowed-sinc polyphase resampler (Smith, Digital Audio Resampling), any ratio of small
    numbers; another raises ValueError.

    Every call gives all output that its input makes certain: 4 ms are withheld once, at the
    start, and `flush` gives them back. Pieces of any length give bit for bit the output of the
    whole: input is rounded to 1/128 of a 16-bit step or finer and coefficients to 2^-24, so that
    sums of their products are exact in 64-bit floats, in whatever order they are added.
    """

    def __init__(self, source_hz: int, target_hz: int) -> None:
        self._filter = _filter(source_hz, target_hz)
        self._reset()

    def _reset(self) -> None:
        self._held: npt.NDArray[np.float64] = np.zeros(self._filter.half - 1)
        self._given = 0

    def process(self, samples: Samples) -> Samples:
        """Take input at the source rate, give the output at the target rate that is now certain."""
        step, phases, half, block, stride, matrices = self._filter
        parts, taps, _ = matrices.shape
        known = len(self._held) + len(samples)
        certain = max(self._given, -(-(known - 2 * half + 1) * phases // step))
        blocks = -(-certain * step // (phases * block))
        held = np.zeros(max(known, (blocks - 1) * block + (parts - 1) * stride + taps))
        held[: len(self._held)] = self._held
        held[len(self._held) : known] = (samples + _ROUNDER) - _ROUNDER
        shape, strides = (parts, blocks, taps), (8 * stride, 8 * block, 8)
        # Copied, as BLAS takes no rows that overlap.
        windows = np.ndarray(shape, np.float64, held, 0, strides).copy()
        output = (windows @ matrices).swapaxes(0, 1).ravel()[self._given : certain]
        self._advance(held[:known], certain)
        return output.astype(np.float32)

    def _advance(self, held: npt.NDArray[np.float64], given: int) -> None:
        periods, self._given = divmod(given, self._filter.phases)
        self._held = held[periods * self._filter.step :]

    def flush(self) -> Samples:
        """The withheld end; afterwards the resampler is as new."""
        tail = self.process(np.zeros(self._filter.half, dtype=np.float32))
        self._reset()
        return tail


class FoldedUpsampler:
    """8 kHz -> 16 kHz with the empty upper band filled by the mirrored lower band at `fold`.

    Acoustic models trained on 16 kHz speech take silence above 4 kHz for a different sound; a
    faint mirror image (high-frequency regeneration by spectral folding, Makhoul and Berouti
    1979) lowers the word error rate. With a half-band filter the image costs nothing: it only
    weighs the given samples `1 + fold` and the interpolated ones `1 - fold`. Delays by 1 ms.
    """

    _HALF = 8

    def __init__(self, fold: float = 0.3) -> None:
        at = np.arange(-self._HALF, self._HALF) + 0.5
        window = np.hamming(4 * self._HALF + 1)[1::2]
        between = np.sinc(at) * window
        self._between = ((1 - fold) * between / between.sum()).astype(np.float32)
        self._given = np.float32(1 + fold)
        self._held: Samples = np.zeros(2 * self._HALF - 1, dtype=np.float32)

    def process(self, samples: Samples) -> Samples:
        """n samples at 8 kHz -> 2n samples at 16 kHz."""
        held = np.concatenate((self._held, samples))
        self._held = held[len(samples) :]
        output = np.empty(2 * len(samples), dtype=np.float32)
        output[0::2] = self._given * held[self._HALF - 1 : self._HALF - 1 + len(samples)]
        output[1::2] = np.convolve(held, self._between, "valid")
        return output
