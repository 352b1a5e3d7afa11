"""Is the callee speaking while the agent's echo comes back?"""

from math import log10, sqrt

_STEP = 160 * 4.0**2
"""Energy below which a frame's echo cannot be told from the line's quantization."""
_AUDIBLE = 160 * 60.0**2
"""An echo estimate of -55 dBFS and more says something about the filter."""
_ECHO_DECAY = 0.6
_CORRELATION_MEMORY = 0.8
_HIGHEST_DB, _LOWEST_DB, _ABOVE_DB = -3.0, -12.0, 14.0
"""Where the callee's speech begins: this much above the usual residual, within these bounds."""
_CONVERGED_DB = -15.0
_FREEZE_DB = -18.0
_LOUDEST = 16.0
_DOUBT = 4.0
_DOUBT_SLOPE = 0.4
_ALIKE = 0.65
_HOLD_FRAMES = 15
_QUIETEST = 160 * 50.0**2
_OVER_NOISE = 10.0
"""Speech is 10 dB above the line's noise, and above -56 dBFS."""
_NOISE_RISE = 1.005
_FIT = 0.25
_DOUBT_FRAMES = 3
_GRACE_FRAMES = 20
"""How long a filter that was right may be wrong before it is given up: the reference may be what
is wrong, and that is found sooner."""


class DoubleTalkDetector:
    """Compares what a linear canceller leaves with what it takes away.

    Of the echo a converged filter leaves a share that changes slowly (`leak_db`, tracked in far-end
    single talk), so a frame that leaves much more holds something else. That it is the callee and
    not a changed echo path is seen from the correlation of the two: the callee's speech is not
    correlated with the echo, a wrong estimate is.
    """

    def __init__(self) -> None:
        self.noise = 160 * 100.0**2
        self.reset()

    def reset(self) -> None:
        """The filter knows nothing any more."""
        self.leak_db = 0.0
        self.excess_db = 0.0
        self.lost = False
        self._echo = self._double = 0.0
        self._cross = self._out_energy = self._echo_energy = 1.0
        self._hold = self._lost_for = 0
        self._loud = self.fits = self.misfits = False

    @property
    def converged(self) -> bool:
        """Does the filter take away nearly all of the echo, when the agent speaks alone?"""
        return self.leak_db < _CONVERGED_DB

    @property
    def learn(self) -> bool:
        """May the filter learn from the next frame?"""
        return self._hold == 0 and not (self.converged and 0 < self._lost_for <= _GRACE_FRAMES)

    @property
    def double_talk(self) -> bool:
        """Has the callee been speaking these last frames?"""
        return self._double >= 1.0

    def noted(self, near: float) -> None:
        """The energy of any frame of the microphone: `noise` is the least, rising by 1 dB/s."""
        if near > 160.0:
            self.noise = min(self.noise * _NOISE_RISE, near)

    def hold(self, frames: int) -> None:
        """Learn nothing from the next frames."""
        self._hold = max(self._hold, frames)

    def judge(self, near: float, out: float, common: float, expected: float, unsure: bool) -> None:
        """One frame: energy of the microphone, of the linear output, and their inner product.

        `expected`: the energy that the echo should have, judged by the reference's, 0 where that is
        unknown. No echo is 12 dB louder, and all of it may be left until the filter has learned,
        or while it is `unsure` whether the reference is in its place.

        Sets `fits` or, if there is a sound to tell by, `misfits`: does the estimate explain most of
        the microphone? `excess_db`, how much more is left than echo would leave (above 0 the callee speaks),
        and `lost`: the estimate is wrong, because the path has changed or the reference is
        misplaced.
        """
        self.noted(near)
        echo = max(near - 2 * common + out, 1.0)
        self._loud = False
        audible = echo > _AUDIBLE
        self.fits = audible and out < _FIT * echo
        self.misfits = audible and not self.fits
        heard = echo
        if expected:
            loudest = _LOUDEST * expected
            self._loud = out > loudest
            heard = max(min(echo, loudest), expected * (_DOUBT if unsure else self._doubt()))
        self._echo = max(heard, _ECHO_DECAY * self._echo)
        left_db = 10 * log10((out + 1.0) / (self._echo + _STEP))
        usual_db = 0.0 if unsure else self.leak_db
        begins_db = min(_HIGHEST_DB, max(_LOWEST_DB, usual_db + _ABOVE_DB))
        excess_db = self.excess_db = left_db - begins_db
        alike = self._correlation(common - out, out, echo)
        self.lost = self.misfits and alike > _ALIKE and echo > 0.3 * near
        self._lost_for = 0 if self.fits else self._lost_for + self.lost
        if unsure and self.misfits:
            self.hold(_DOUBT_FRAMES)
        if audible:
            self._track(left_db, excess_db, alike)
        self._decide(out, excess_db, alike)

    def _doubt(self) -> float:
        """What an unlearned sound of the agent may leave of the echo expected: 6 dB more at first,
        and ever less as the filter learns."""
        return float(_DOUBT * 10 ** (0.1 * min(0.0, _DOUBT_SLOPE * (self.leak_db + 12.0))))

    def _correlation(self, cross: float, out: float, echo: float) -> float:
        memory = _CORRELATION_MEMORY
        self._cross = memory * self._cross + cross
        self._out_energy = memory * self._out_energy + out
        self._echo_energy = memory * self._echo_energy + echo
        return abs(self._cross) / sqrt(self._out_energy * self._echo_energy + 1.0)

    def _track(self, left_db: float, excess_db: float, alike: float) -> None:
        if left_db < self.leak_db:
            self.leak_db += 0.1 * (left_db - self.leak_db)
        elif excess_db < -4:
            self.leak_db += 0.02 * (left_db - self.leak_db)
        elif excess_db > 0 and alike > _ALIKE and self._lost_for > _GRACE_FRAMES:
            self.leak_db *= 0.8

    def _decide(self, out: float, excess_db: float, alike: float) -> None:
        self._hold = max(0, self._hold - 1)
        speaks = excess_db > 0 and alike < _ALIKE and out > max(_QUIETEST, _OVER_NOISE * self.noise)
        self._double = min(2.0, self._double + 0.6) if speaks else max(0.0, self._double - 0.15)
        if speaks and (self._loud or self.leak_db < _FREEZE_DB):
            self.hold(_HOLD_FRAMES if self.double_talk else _DOUBT_FRAMES)
