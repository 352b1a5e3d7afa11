"""When a listener says "mhm": while the agent talks on, at its own pace."""

from media.simulator.people.script import Backchannel
from media.simulator.people.speech import Utterance

_SAMPLES_PER_MS = 8


class Murmur:
    """One callee's small sounds in one call, in the file's order, over and over."""

    def __init__(self, backchannel: Backchannel | None) -> None:
        self._backchannel = backchannel
        self._count = 0
        self._last = 0
        self.running = False

    def rest(self) -> None:
        """The agent does not talk; the next spurt is listened to anew."""
        self._last = 0

    def due(self, talked_samples: int) -> Utterance | None:
        """The sound for this moment of the agent's talk, `talked_samples` after its begin."""
        murmur = self._backchannel
        if murmur is None:
            return None
        wait_ms = murmur.after_ms if self._last == 0 else murmur.every_ms
        if talked_samples - self._last < wait_ms * _SAMPLES_PER_MS:
            return None
        self._last = talked_samples
        self._count += 1
        return murmur.sounds[(self._count - 1) % len(murmur.sounds)]
