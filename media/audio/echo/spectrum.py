"""The power in the bins of a spectrum."""

import numpy as np

from media.audio.spectrum import Reals, Spectrum


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
