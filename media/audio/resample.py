"""Streaming change of sample rate between the telephone's 8 kHz and the engines' rates."""

from math import gcd

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_HALF_WIDTH_MS = 3.0
_KAISER_BETA = 7.0


def to_samples(pcm: bytes) -> Samples:
    """PCM s16le -> float samples in 16-bit steps."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32)


def to_pcm(samples: Samples) -> bytes:
    """Float samples in 16-bit steps -> PCM s16le, saturated."""
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2").tobytes()


class Resampler:
    """Windowed-sinc polyphase resampler (Smith, Digital Audio Resampling); any rational ratio.

    Each output sample is the inner product of the input around its instant with the sinc of its
    phase, so pieces of any length give the same output as the whole. It withholds 3 ms, which
    `flush` gives back.
    """

    def __init__(self, source_hz: int, target_hz: int) -> None:
        shared = gcd(source_hz, target_hz)
        self._step, self._phases = source_hz // shared, target_hz // shared
        self._half = round(source_hz * _HALF_WIDTH_MS / 1000)
        self._bank = self._design(source_hz, target_hz)
        self._taps = np.arange(2 * self._half)
        self._reset()

    def _design(self, source_hz: int, target_hz: int) -> Samples:
        """Filters, one row a phase, of unit gain at 0 Hz; cut-off at 0.46 of the lower rate."""
        cutoff = 0.92 * min(source_hz, target_hz) / source_hz
        phase = np.arange(self._phases)[:, None] / self._phases
        distance = np.arange(-self._half + 1, self._half + 1)[None, :] - phase
        inside = np.sqrt(np.maximum(0.0, 1 - (distance / self._half) ** 2))
        bank = np.sinc(cutoff * distance) * np.i0(_KAISER_BETA * inside)
        unit: Samples = (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
        return unit

    def _reset(self) -> None:
        self._held: Samples = np.zeros(self._half - 1, dtype=np.float32)
        self._ticks = 0

    def process(self, samples: Samples) -> Samples:
        """Take input at the source rate, give the output at the target rate that is now certain."""
        held = np.concatenate((self._held, samples))
        ready = len(held) - 2 * self._half + 1
        count = max(0, -(-(ready * self._phases - self._ticks) // self._step))
        ticks = self._ticks + self._step * np.arange(count)
        first = ticks // self._phases
        windows = held[first[:, None] + self._taps]
        output: Samples = np.einsum("nt,nt->n", windows, self._bank[ticks % self._phases])
        self._advance(held, self._ticks + self._step * count)
        return output

    def _advance(self, held: Samples, ticks: int) -> None:
        gone = min(ticks // self._phases, len(held))
        self._held = held[gone:]
        self._ticks = ticks - gone * self._phases

    def flush(self) -> Samples:
        """The withheld end; afterwards the resampler is as new."""
        tail = self.process(np.zeros(self._half, dtype=np.float32))
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
