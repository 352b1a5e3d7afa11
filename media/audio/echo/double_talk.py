"""Is the callee speaking while the agent's echo comes back?"""

from math import log10, sqrt

from media.audio.echo.meter import Energies

_STEP = 160 * 4.0**2
"""Energy below which a frame's echo cannot be told from the line's quantization."""
_AUDIBLE = 160 * 60.0**2
"""An echo estimate of -55 dBFS and more says something about the filter."""
_ECHO_DECAY = 0.6
"""Reverberation, from frame to frame."""
_CORRELATION_MEMORY, _ALIKE = 0.8, 0.5
"""What is left and what is taken away are one sound from this correlation coefficient on."""
_HIGHEST_DB, _LOWEST_DB, _ABOVE_DB, _ABOVE_SLOPE = -2.0, -12.0, 20.5, 1.25
"""Where the callee's speech begins: above the usual residual, the less the better that is known."""
_CONVERGED_DB, _FREEZE_DB, _RELEARN_DB = -15.0, -18.0, -6.0
"""Leaks: of a filter that works, of one worth protecting, of one that was given up."""
_LOUDEST = 16.0
_DOUBT, _DOUBT_SLOPE = 4.0, 0.4
"""Energy of an echo against the one expected: at the most; left by a filter that knows nothing,
and by how many dB less for each dB that it leaks less than -12 dB."""
_QUIETEST, _OVER_NOISE, _NOISE_RISE = 160 * 50.0**2, 10.0, 1.005
"""Speech is 10 dB above the line's noise, and above -56 dBFS."""
_FIT = 0.25
"""An estimate that takes away 6 dB fits."""
_SURE_DB, _HOLD_FRAMES, _DOUBT_FRAMES = 5.0, 15, 3
"""From this excess on nothing is learned: for 300 ms while the callee speaks, 60 ms at first."""
_BREATH, _BREATHLESS = 4, 100
"""The callee pauses for a frame in five at the least: if not within two seconds, what seems to be
speech is an echo that the filter must learn."""
_PATIENCE_FRAMES = 50
"""A filter that has never worked protects nothing: after a second in all it learns regardless."""
_GRACE_FRAMES = 20
"""How long a filter that was right may be wrong before it is given up: the reference may be what
is wrong, and that is found sooner."""


class DoubleTalkDetector:
    """Compares what a linear canceller leaves with what it takes away.

    Of the echo a converged filter leaves a share that changes slowly (`leak_db`, tracked in far-end
    single talk), so a frame that leaves much more holds something else. That it is the callee and
    not a changed echo path is seen from the correlation of the two: the callee's speech is not
    correlated with the echo, a wrong estimate is. `noise` is the line's, in energy a frame.
    `learned`: the filter has converged since it was reset.
    """

    def __init__(self) -> None:
        self.noise = 160 * 100.0**2
        self.reset()

    def reset(self) -> None:
        """The filter knows nothing any more."""
        self.leak_db = 0.0
        self.excess_db = 0.0
        self.lost = self.learned = False
        self._echo = self._double = 0.0
        self._cross = self._out_energy = self._echo_energy = 1.0
        self._hold = self._lost_for = self._speaks_for = self._waited = 0
        self._loud = self.fits = self.misfits = False

    @property
    def converged(self) -> bool:
        """Does the filter take away nearly all of the echo, when the agent speaks alone?"""
        return self.leak_db < _CONVERGED_DB

    @property
    def learn(self) -> bool:
        """May the filter learn from the next frame?"""
        if self._speaks_for > _BREATHLESS or self._waited > _PATIENCE_FRAMES:
            return True
        return self._hold == 0 and not (self.converged and 0 < self._lost_for <= _GRACE_FRAMES)

    @property
    def double_talk(self) -> bool:
        """Has the callee been speaking these last frames?"""
        return self._double >= 1.0

    def _hear_noise(self, near: float) -> None:
        """The noise is the least energy of a frame, and rises by 1 dB/s."""
        if near > 160.0:
            self.noise = min(self.noise * _NOISE_RISE, near)

    def unheard(self) -> None:
        """What was taken for speech of the callee was echo."""
        self._double = 0.0
        self._hold = self._speaks_for = 0

    def hold(self, frames: int) -> None:
        """Learn nothing from the next frames."""
        self._hold = max(self._hold, frames)

    def judge(self, frame: Energies, expected: float, unsure: bool) -> None:
        """One frame. `expected`: the energy that the echo should have, judged by the reference's.

        That is 0 where no echo is known; then all sound is the callee's. No echo is 12 dB louder,
        and all of it may be left until the filter has learned, or while it is `unsure` whether the
        reference is in its place.

        Sets `fits` or, if there is a sound to tell by, `misfits`: does the estimate explain most of
        the microphone? `excess_db`: how much more is left than echo would leave; above 0 the callee
        speaks. `lost`: what is left is echo, since the path has changed or the reference is
        misplaced.
        """
        self._hear_noise(frame.near)
        out, echo = frame.out, frame.echo
        audible = echo > _AUDIBLE
        self.fits = audible and out < _FIT * echo
        self.misfits = audible and not self.fits
        left_db = 10 * log10((out + 1.0) / (self._explained(frame, expected, unsure) + _STEP))
        usual_db = 0.0 if unsure else self.leak_db
        begins_db = min(_HIGHEST_DB, max(_LOWEST_DB, _ABOVE_SLOPE * usual_db + _ABOVE_DB))
        self.excess_db = left_db - begins_db
        alike = self._likeness(frame) > _ALIKE
        self.lost = alike and (self.misfits or self.excess_db > 0) and echo > 0.1 * frame.near
        self._lost_for = self._lost_for + 1 if self.lost else 0 if self.fits else self._lost_for
        if audible:
            self._track(left_db)
            self.learned = self.learned or self.converged
        self._waited = 0 if self.learned else self._waited + (self._hold > 0)
        self._decide(out, (self.excess_db > 0 and not alike) or not expected)
        if unsure and self.misfits:
            self.hold(_DOUBT_FRAMES)

    def _explained(self, frame: Energies, expected: float, unsure: bool) -> float:
        """Energy of the echo that may be in this frame, the reverberation of the last included."""
        heard = frame.echo
        self._loud = False
        if expected:
            loudest = _LOUDEST * expected
            self._loud = frame.out > loudest
            heard = max(min(heard, loudest), expected * (_DOUBT if unsure else self._doubt()))
        self._echo = max(heard, _ECHO_DECAY * self._echo)
        return self._echo

    def _doubt(self) -> float:
        """What an unlearned sound of the agent may leave of the echo expected: 6 dB more at first,
        and ever less as the filter learns."""
        return float(_DOUBT * 10 ** (0.1 * min(0.0, _DOUBT_SLOPE * (self.leak_db + 12.0))))

    def _likeness(self, frame: Energies) -> float:
        """Correlation coefficient of what is left and what is taken away, of late."""
        memory = _CORRELATION_MEMORY
        self._cross = memory * self._cross + frame.sharp_cross
        self._out_energy = memory * self._out_energy + frame.sharp_out
        self._echo_energy = memory * self._echo_energy + frame.sharp_echo
        return abs(self._cross) / sqrt(self._out_energy * self._echo_energy + 1.0)

    def _track(self, left_db: float) -> None:
        if self.lost and self._lost_for > _GRACE_FRAMES:
            self.leak_db = max(self.leak_db, _RELEARN_DB)
        elif left_db < self.leak_db:
            self.leak_db += 0.1 * (left_db - self.leak_db)
        elif self.excess_db < -4:
            self.leak_db += 0.02 * (left_db - self.leak_db)

    def _decide(self, out: float, unexplained: bool) -> None:
        self._hold = max(0, self._hold - 1)
        noise = max(_QUIETEST, _OVER_NOISE * self.noise)
        speaks = unexplained and out > noise
        self._double = min(2.0, self._double + 0.6) if speaks else max(0.0, self._double - 0.15)
        if not speaks:
            self._speaks_for = max(0, self._speaks_for - _BREATH)
            return
        self._speaks_for += 1
        clear = self.misfits or self.excess_db > _SURE_DB
        if self._loud or (clear and self.leak_db < _FREEZE_DB):
            self.hold(_HOLD_FRAMES if self.double_talk else _DOUBT_FRAMES)
