"""Tells from levels alone that the noise has become louder at once."""

from math import inf

_BLOCK = 32
_STEADY = 10**1.2
"""12 dB: in a second speech varies by more, noise of cars and crowds by less."""
_OVER = 4.0


class NoiseJump:
    """Compares the levels of the last 0.6 to 1.3 s with the noise that is known."""

    def __init__(self) -> None:
        self._frames = 0
        self._least, self._most = inf, 0.0
        self._least_before, self._most_before = 0.0, inf
        self.possible = False
        """Nothing fell to 6 dB over the known noise: it may be out of date."""

    def feed(self, power: float, noise: float) -> bool:
        """Power of the frame and of the known noise. True while nothing fell to 6 dB over the
        noise and all lay within 12 dB: that is no speech."""
        self._least = min(self._least, power)
        self._most = max(self._most, power)
        least = min(self._least, self._least_before)
        most = max(self._most, self._most_before)
        self._frames += 1
        if self._frames == _BLOCK:
            self._frames = 0
            self._least_before, self._most_before = self._least, self._most
            self._least, self._most = inf, 0.0
        self.possible = least > _OVER * noise
        return self.possible and most < _STEADY * least
