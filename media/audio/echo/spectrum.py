"""Spectra of real signals in single precision, and the power in their bins."""

from typing import Any

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

_rfft: Any = np.fft.rfft
_irfft: Any = np.fft.irfft
# Any: NumPy transforms float32 in float32, its type stubs know double precision alone.


def forward(samples: Reals, size: int, out: Spectrum) -> Spectrum:
    """Transform of the samples and of zeros up to `size`, into `out` of size // 2 + 1 bins."""
    spectrum: Spectrum = _rfft(samples, size, out=out)
    return spectrum


def inverse(spectrum: Spectrum, size: int, out: Reals) -> Reals:
    """The `size` samples of each row, into `out`."""
    samples: Reals = _irfft(spectrum, size, out=out)
    return samples


def power(spectrum: Spectrum) -> Reals:
    """Squared magnitude of each bin."""
    squares = np.square(spectrum.view(np.float32))
    added: Reals = squares[0::2] + squares[1::2]
    return added


def unleaked_power(spectrum: Spectrum) -> Reals:
    """`power` as seen through a Hann window, which in frequency is a sum over neighbours.

    Equal to `power` in the mean for white noise; a tone leaks into four bins instead of all.
    """
    window = spectrum[2:] + spectrum[:-2]
    window *= -0.5
    window += spectrum[1:-1]
    seen = np.empty(len(spectrum), np.float32)
    np.multiply(power(window), _HANN, out=seen[1:-1])
    seen[0], seen[-1] = seen[1], seen[-2]
    return seen


_HANN = np.float32(2.0 / 3.0)
"""The window as summed, of weights 1 and twice -1/2, has power 3/2."""
