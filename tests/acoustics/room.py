"""Echo paths: how the callee's telephone and room give back what the agent says."""

import numpy as np

from acoustics.signals import RATE, Signal


def impulse_response(
    t60_ms: float, length_ms: float, erl_db: float, delay_ms: float, rng: np.random.Generator
) -> Signal:
    """White Gaussian taps that decay by 60 dB in `t60_ms`, with `delay_ms` of silence in front.

    The energy of the taps is `-erl_db`, so white sound comes back so much softer (the echo
    return loss of ITU-T G.168); speech by about 1 dB more.
    """
    n = round(length_ms * RATE / 1000)
    decay = 10 ** (-3.0 * np.arange(n) / (t60_ms * RATE / 1000))
    taps = rng.standard_normal(n) * decay
    taps *= 10 ** (-erl_db / 20) / np.sqrt(np.sum(taps**2))
    delay = np.zeros(round(delay_ms * RATE / 1000))
    return np.concatenate((delay, taps)).astype(np.float32)


def reflect(far: Signal, response: Signal) -> Signal:
    """The echo of `far`, as long as `far`."""
    size = len(far) + len(response) - 1
    product = np.fft.rfft(far, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[: len(far)].astype(np.float32)
