"""What one frame tells: the energies of microphone, output and echo estimate."""

from typing import NamedTuple

import numpy as np

from media.audio.echo.port import FRAME


class Energies(NamedTuple):
    """Of one frame: microphone, linear output, echo estimate (the difference of the two).

    The `sharp` ones are of differences between samples, less swayed by the lowest frequencies, of
    which engines take more than echo; `sharp_cross` is the inner product of output and estimate.
    """

    near: float
    out: float
    echo: float
    sharp_out: float
    sharp_echo: float
    sharp_cross: float


class Meter:
    """Measures frames; `mic` and `out` are the last one's samples, good until the next."""

    def __init__(self) -> None:
        self._rows = np.zeros((4, FRAME), np.float32)
        self.mic, self.out = self._rows[0], self._rows[1]

    def measure(self, near: bytes, linear: bytes) -> Energies:
        """PCM s16le of 160 samples each: the microphone and what a canceller made of it."""
        rows = self._rows
        rows[0] = np.frombuffer(near, "<i2")
        rows[1] = np.frombuffer(linear, "<i2")
        np.subtract(rows[:2, 1:], rows[:2, :-1], out=rows[2:, 1:])
        products = np.dot(rows, rows.T).tolist()
        mic, common, out = products[0][0], products[0][1], products[1][1]
        sharp_mic, sharp_common, sharp_out = products[2][2], products[2][3], products[3][3]
        return Energies(
            near=mic,
            out=out,
            echo=max(mic - 2 * common + out, 1.0),
            sharp_out=sharp_out,
            sharp_echo=max(sharp_mic - 2 * sharp_common + sharp_out, 1.0),
            sharp_cross=sharp_common - sharp_out,
        )
