"""Where the reference must be read so that the filter finds the echo in it, and how loud it is."""

import numpy as np

from media.audio.echo.double_talk import DoubleTalkDetector
from media.audio.echo.port import FRAME, TAIL
from media.audio.echo.reference import SILENCE, FarReference
from media.audio.echo.search import Search
from media.audio.echo.shift import ShiftFinder

_MS = 8
_MARGIN = 6 * _MS
"""The reference is kept that much early, so that the filter stays causal."""
_NEARLY, _REACH = 4 * _MS, 20 * _MS
"""An echo found so much before or after where it was thought to begin fits the filter as it is."""
_AHEAD = 40 * _MS
_UNSURE_FRAMES, _SETTLING_FRAMES = 24, -(-TAIL // FRAME)
_SURER = 4
_SPURT_FRAMES = 32
_PAUSE_FRAMES = 16
"""After a shorter pause the agent goes on with what it was saying, in the same place."""
_SHIFT_EVERY, _SHIFT_SELDOM = 3, 12
_EXPECTED_DECAY = 0.6
_SURELY_HEARD, _FAINT = FRAME * 200.0**2, 0.03
"""An echo expected above -44 dBFS that is 15 dB fainter is not there."""
_ABSENT_FRAMES = 25
_SOON_KNOWN_FRAMES = 60


class Placement:
    """One per call; positions are samples of the stream.

    `delay`: by how much the reference is read late. `known`: was an echo ever found? `expected`:
    the energy that the echo should have in this frame, 0 while that is unknown. The start of a talk
    spurt is foretold, so it may be out of place by tens of milliseconds: `unsure` until it is seen
    to fit, in calls in which that has happened before.
    """

    def __init__(self) -> None:
        self._reference = FarReference()
        self._search = Search(self._reference)
        self._shifts = ShiftFinder()
        self.delay = 0
        self.known = False
        self.expected = self._coupling = 0.0
        self._spurt = self._unsure = self._read_to = 0
        self._misplaced = False
        self._absent = self._sounding = 0

    @property
    def unsure(self) -> bool:
        """May the reference be out of its place?"""
        return self._unsure > 0

    @property
    def echoless(self) -> bool:
        """Is no echo known, though one would be by now?"""
        return not self.known and self._sounding >= _SOON_KNOWN_FRAMES

    @property
    def delay_ms(self) -> int | None:
        """`delay` once an echo was found."""
        return self.delay // _MS if self.known else None

    def played(self, pcm: bytes, at_samples: int) -> None:
        """See `FarReference.played`. What was read already is known better now."""
        self._reference.played(pcm, at_samples)
        if at_samples < self._read_to:
            self._misplaced = True
            self.begin()

    def begin(self, pause: int = _PAUSE_FRAMES) -> None:
        """A talk spurt begins after a `pause` of so many frames, or is moved."""
        self._spurt = 0
        self._shifts.forget()
        self._unsure = _UNSURE_FRAMES if self._misplaced and pause >= _PAUSE_FRAMES else 0

    def frame(self, near: bytes, at_samples: int) -> bytes:
        """The reference for the microphone's frame `near`, which begins at `at_samples`."""
        at = at_samples - self.delay
        self._read_to = at + FRAME
        self._search.heard(near)
        return self._reference.frame(at)

    def expect(self, energy: float, fits: bool) -> None:
        """The frame's `energy` makes expect an echo; if need be, so does what is soon to come.

        `fits`: did the filter explain the last frame?
        """
        self._spurt += 1
        self._sounding += 1
        if self._unsure:
            told = fits and self.expected > _SURELY_HEARD
            self._unsure = max(0, self._unsure - (_SURER if told else 1))
            energy = max(energy, energy_of(self._reference.frame(self._read_to - FRAME + _AHEAD)))
        self.expected = max(self._coupling * energy, _EXPECTED_DECAY * self.expected)

    def heard(self, near: bytes, linear: bytes) -> None:
        """The microphone's frame and what the canceller made of it."""
        self._shifts.heard(near, linear)

    def missed(self, near_energy: float, fits: bool) -> None:
        """Is the microphone as loud as the echo should be at the least?"""
        if fits:
            self._absent = 0
        elif self.expected > _SURELY_HEARD and near_energy < _FAINT * self.expected:
            self._absent += 1

    def follow(self, detector: DoubleTalkDetector, active: bool) -> bool:
        """Look for the echo where it is not as it was; must the filter learn anew?

        That is when it has moved, or is gone: then nothing is `known` any more. `active`: is there
        sound in the reference?
        """
        if self._absent >= _ABSENT_FRAMES:
            self.known, self._absent = False, 0
            self.expected = self._coupling = 0.0
            return True
        if detector.misfits and detector.converged:
            early = self._spurt <= _SPURT_FRAMES
            every = _SHIFT_EVERY if detector.lost or early else _SHIFT_SELDOM
            if self._spurt % every == 0:
                self._shift(detector)
        return self.seek(detector, active)

    def seek(self, detector: DoubleTalkDetector, active: bool) -> bool:
        """Carry on with the search over all delays, where one is needed; see `follow`."""
        if detector.converged and self.known:
            return False
        if not active and not self._search.pending:
            return False
        if self.echoless and not detector.double_talk and not self._search.under_way:
            return False
        heard_to = self._read_to + self.delay
        delay = self._search.step(heard_to, active, keen=detector.double_talk)
        if delay is None:
            return False
        coupling = self._search.coupling(heard_to, delay)
        if not coupling:
            return False
        idle = self.echoless
        if not self.known:
            detector.unheard()
        return self._found(delay, coupling) or idle

    def _shift(self, detector: DoubleTalkDetector) -> None:
        shift = self._shifts.shift()
        if shift is not None:
            self.delay += shift
            self._misplaced = True
            self._unsure = _SETTLING_FRAMES
            self._shifts.forget()
            detector.hold(_SETTLING_FRAMES)

    def _found(self, delay: int, coupling: float) -> bool:
        self.known = True
        if -_NEARLY <= delay - self.delay <= _REACH:
            self._coupling = min(coupling, 2 * self._coupling) if self._coupling else coupling
            return False
        self._coupling = coupling
        self.delay = delay - _MARGIN
        self._shifts.forget()
        return True


def energy_of(pcm: bytes) -> float:
    """Sum of the squares of PCM s16le."""
    if pcm is SILENCE:
        return 0.0
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return float(samples @ samples)
