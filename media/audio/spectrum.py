"""Spectra of real signals in single precision."""

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
