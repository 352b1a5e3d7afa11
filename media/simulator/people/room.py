"""The echo that a callee's telephone sends back: what the loudspeaker plays, the microphone hears.

A decaying random impulse response behind a bulk delay (Habets, Room impulse response generator,
on the exponential decay of reverberation), normalised to an echo return loss.
"""

from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import numpy as np
import numpy.typing as npt

from media.audio import g711
from media.simulator.people.ear import Loudness
from media.simulator.people.script import Person

_SAMPLES_PER_MS = 8
_TAIL_MS = 64
_DECAY_DB = 60.0
_LOUDSPEAKER_DBFS = -45.0
_HELD_FRAMES = 10
"""200 ms that the microphone stays down after the loudspeaker's last sound."""


class Room:
    """`loss_db` between what is played and what comes back, `delay_ms` later, over 64 ms.

    While it plays, the telephone turns its microphone down by `double_talk_loss_db`: the
    attenuation range by which ITU-T P.340 tells full duplex (type 1, at most 3 dB) from
    half duplex (type 3, more than 12 dB).
    """

    @classmethod
    def of(cls, person: Person) -> "Room | None":
        """The echo at this callee's end, the same in every call; None where there is none."""
        if person.echo_loss_db is None:
            return None
        rng = Random(person.seed)
        return cls(person.echo_loss_db, person.echo_delay_ms, rng, person.double_talk_loss_db)

    def __init__(
        self, loss_db: float, delay_ms: float, rng: Random, double_talk_loss_db: float = 0.0
    ) -> None:
        tail = _TAIL_MS * _SAMPLES_PER_MS
        decay = 10 ** (-_DECAY_DB / 20 * np.arange(tail) / tail)
        response = np.array([rng.gauss(0, 1) for _ in range(tail)]) * decay
        response *= 10 ** (-loss_db / 20) / np.sqrt(np.sum(response**2))
        delay = np.zeros(round(delay_ms * _SAMPLES_PER_MS))
        self._response: npt.NDArray[np.float32] = np.concatenate((delay, response)).astype("f4")
        self._tail: npt.NDArray[np.float32] = np.zeros(len(self._response) - 1, dtype="f4")
        self._loudness = Loudness(_LOUDSPEAKER_DBFS)
        self._down = 10 ** (-double_talk_loss_db / 20)
        self._held = 0
        self._gain = 1.0

    def beat(self, played: bytes, said: bytes) -> bytes:
        """20 ms of mu-law each: what comes to the microphone besides what the callee says."""
        far = np.frombuffer(g711.decode(played), dtype="<i2").astype(np.float32)
        echo = np.convolve(far, self._response)
        echo[: len(self._tail)] += self._tail
        self._tail = echo[len(far) :]
        near = np.frombuffer(g711.decode(said), dtype="<i2")
        near = near * self._microphone(played, len(near))
        both = np.clip(np.rint(near + echo[: len(near)]), -32768, 32767)
        return g711.encode(both.astype("<i2").tobytes())

    def _microphone(self, played: bytes, count: int) -> float | npt.NDArray[np.float64]:
        """The microphone's gain in this frame, without a step."""
        if self._down == 1.0:
            return 1.0
        self._held = _HELD_FRAMES if self._loudness.loud(played) else max(0, self._held - 1)
        before, self._gain = self._gain, self._down if self._held else 1.0
        return np.linspace(before, self._gain, count)
