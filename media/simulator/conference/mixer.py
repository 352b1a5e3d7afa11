"""Who hears whom: each the sum of the others and never himself; no I/O.

Sums are of linear samples, held at full scale (ITU-T G.711 codes are not additive).
"""

import numpy as np
import numpy.typing as npt

from media.audio import g711
from media.simulator.playout.playback import SILENCE

Sum = npt.NDArray[np.int32]


class Mixer:
    """Keyed by whatever names a party. Each party says 160 bytes a beat and hears the mix of what
    the others said since its own last beat, so that nobody is more than a beat behind."""

    def __init__(self) -> None:
        self._heard: dict[str, Sum | None] = {}
        self.muted: set[str] = set()
        self.held: set[str] = set()
        """Parties who neither hear nor are heard."""
        self.coaches: dict[str, str] = {}
        """Party -> the only one who hears it."""

    def join(self, party: str) -> None:
        """Have it hear, and be heard."""
        self._heard[party] = None

    def leave(self, party: str) -> None:
        """Forget it."""
        self._heard.pop(party, None)
        self.muted.discard(party)
        self.held.discard(party)
        self.coaches.pop(party, None)

    def said(self, party: str, ulaw: bytes) -> bytes:
        """The party's next 20 ms; returns what it hears next."""
        if party not in self._heard:
            return SILENCE
        if ulaw != SILENCE and party not in self.muted and party not in self.held:
            self._spread(party, _linear(ulaw))
        heard, self._heard[party] = self._heard[party], None
        if heard is None or party in self.held:
            return SILENCE
        return _held(heard)

    def _spread(self, party: str, samples: npt.NDArray[np.int16]) -> None:
        only = self.coaches.get(party)
        for other, before in self._heard.items():
            if other == party or (only is not None and other != only):
                continue
            if before is None:
                self._heard[other] = samples.astype(np.int32)
            else:
                self._heard[other] = before + samples


def summed(one: bytes, other: bytes) -> bytes:
    """Two mu-law sounds of the same length at once."""
    return _held(_linear(one).astype(np.int32) + _linear(other))


def _linear(ulaw: bytes) -> npt.NDArray[np.int16]:
    return np.frombuffer(g711.decode(ulaw), "<i2")


def _held(samples: Sum) -> bytes:
    """Mu-law of a sum, at full scale where it is beyond it."""
    return g711.encode(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
