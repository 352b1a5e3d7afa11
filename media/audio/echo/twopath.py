"""Which of two echo filters is the better one, judged on sound that neither has learnt from.

Two-path model: Ochiai, Araseki and Ogihara, "Echo canceler with two echo path models", IEEE
Trans. Communications 25 (1977). The tests of significance are Valin's for Speex MDF.
"""

from enum import Enum, auto

_ADOPT = 1.0
"""Squared gain over its squared spread. Speech is no noise: with Speex's 0.25 what the callee
says is taken for echo now and then."""


class Verdict(Enum):
    """What to do with the two filters."""

    KEEP = auto()
    ADOPT = auto()
    """The learning filter has proved better: it becomes the one at work."""
    RETURN = auto()
    """The learning filter went astray: it starts again from the one at work."""


class Contest:
    """Mean error powers of the filter at work and the learning one over 2 and 7 frames.

    Their difference is compared with the spread that the near end alone would give it.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget what was seen of the two."""
        self._short = self._long = self._short_spread = self._long_spread = 0.0

    def judge(self, working: float, learning: float, apart: float) -> Verdict:
        """One frame: energies of both errors and of the difference of both echo estimates."""
        gain, spread = working - learning, working * apart
        self._short = 0.6 * self._short + 0.4 * gain
        self._long = 0.85 * self._long + 0.15 * gain
        self._short_spread = 0.36 * self._short_spread + 0.16 * spread
        self._long_spread = 0.7225 * self._long_spread + 0.0225 * spread
        if self._long > 0.0 and self._long**2 > _ADOPT * self._long_spread:
            self.restart()
            return Verdict.ADOPT
        if (
            _significant(-gain, spread)
            or _significant(-self._short, self._short_spread)
            or _significant(-self._long, self._long_spread)
        ):
            self.restart()
            return Verdict.RETURN
        return Verdict.KEEP


def _significant(loss: float, spread: float) -> bool:
    return loss > 0.0 and loss**2 > spread


class PathChange:
    """Whether the echo path is no longer the one that the filter at work models.

    The error of a right filter holds nothing of its own echo estimate, whatever the callee says.
    That of a wrong one holds it, whole where the path is another: their regression over 0.4 s.
    """

    _MEMORY = 0.95
    _SHARE = 0.3
    _COHERENCE = 0.05
    _AUDIBLE = 1e5
    """Energy of the estimate over the window: some -75 dBFS."""
    _PATIENCE = 25
    """Frames without a judgement: at first, for want of evidence, and after each change, in which
    the filter may learn undisturbed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        self._restart()
        self._wait = self._PATIENCE

    def _restart(self) -> None:
        self._cross = self._estimate = self._error = 0.0

    def seen(self, cross: float, estimate: float, error: float) -> bool:
        """One frame: product of error and estimate, energies of both, samples in 16-bit steps."""
        self._cross = self._MEMORY * self._cross + cross
        self._estimate = self._MEMORY * self._estimate + estimate
        self._error = self._MEMORY * self._error + error
        self._wait -= 1
        if self._wait >= 0 or self._estimate < self._AUDIBLE:
            return False
        if abs(self._cross) < self._SHARE * self._estimate:
            return False
        if self._cross**2 < self._COHERENCE * self._error * self._estimate:
            return False
        self._restart()
        self._wait = self._PATIENCE
        return True
