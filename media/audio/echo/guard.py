"""The output of an echo canceller is never louder than the microphone."""

from math import sqrt

import numpy as np
import numpy.typing as npt

_HOPELESS = 2.0

Samples = npt.NDArray[np.float32]


def never_louder(near: Samples, out: Samples, near_energy: float, out_energy: float) -> Samples:
    """Samples in 16-bit steps whose energy is at most the microphone's.

    A filter whose path is gone emits a phantom of the echo. A little too loud, the output is
    scaled; far too loud, the microphone itself is better.
    """
    if out_energy <= near_energy:
        return out
    if out_energy > _HOPELESS * near_energy:
        return near
    scaled: Samples = np.trunc(out * np.float32(sqrt(near_energy / out_energy)))
    return scaled
