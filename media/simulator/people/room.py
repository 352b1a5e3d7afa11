"""The echo that a callee's telephone sends back: what the loudspeaker plays, the microphone hears.

A decaying random impulse response behind a bulk delay (Habets, Room impulse response generator,
on the exponential decay of reverberation), normalised to an echo return loss.
"""

from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import numpy as np
import numpy.typing as npt

from media.audio import g711

_SAMPLES_PER_MS = 8
_TAIL_MS = 64
_DECAY_DB = 60.0


class Room:
    """`loss_db` between what is played and what comes back, `delay_ms` later, over 64 ms."""

    def __init__(self, loss_db: float, delay_ms: float, rng: Random) -> None:
        tail = _TAIL_MS * _SAMPLES_PER_MS
        decay = 10 ** (-_DECAY_DB / 20 * np.arange(tail) / tail)
        response = np.array([rng.gauss(0, 1) for _ in range(tail)]) * decay
        response *= 10 ** (-loss_db / 20) / np.sqrt(np.sum(response**2))
        delay = np.zeros(round(delay_ms * _SAMPLES_PER_MS))
        self._response: npt.NDArray[np.float32] = np.concatenate((delay, response)).astype("f4")
        self._tail: npt.NDArray[np.float32] = np.zeros(len(self._response) - 1, dtype="f4")

    def beat(self, played: bytes, said: bytes) -> bytes:
        """20 ms of mu-law each: what comes to the microphone besides what the callee says."""
        far = np.frombuffer(g711.decode(played), dtype="<i2").astype(np.float32)
        echo = np.convolve(far, self._response)
        echo[: len(self._tail)] += self._tail
        self._tail = echo[len(far) :]
        near = np.frombuffer(g711.decode(said), dtype="<i2")
        both = np.clip(np.rint(near + echo[: len(near)]), -32768, 32767)
        return g711.encode(both.astype("<i2").tobytes())
