"""Echo control of one call: places the reference, cancels, suppresses what is left, tells of it."""

from math import log10
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from media.audio.echo.double_talk import DoubleTalkDetector, measure
from media.audio.echo.guard import never_louder
from media.audio.echo.port import FRAME, FRAME_BYTES, TAIL, EchoCanceller
from media.audio.echo.reference import SILENCE, FarReference
from media.audio.echo.residual import ResidualSuppressor
from media.audio.echo.search import Search
from media.audio.echo.shift import ShiftFinder

_MS = 8
_TAIL_FRAMES = -(-TAIL // FRAME)
_AUDIBLE = FRAME * 33.0**2
"""A reference below -60 dBFS makes no echo."""
_FADE = np.arange(1, FRAME + 1, dtype=np.float32) / np.float32(40)
np.minimum(_FADE, np.float32(1.0), out=_FADE)
_EXPECTED_DECAY = 0.6
_AHEAD = 40 * _MS
_UNSURE_FRAMES = 24
_SPURT_FRAMES = 32
_SHIFT_EVERY, _SHIFT_SELDOM = 3, 12
_ERLE_MEMORY = 0.98
_MARGIN = 6 * _MS
"""The reference is kept that much early, so that the filter stays causal."""
_NEARLY = 4 * _MS
_REACH = 20 * _MS
"""An echo that begins so much after the reference still fits the filter with its tail."""

Samples = npt.NDArray[np.float32]


class Cancelled(NamedTuple):
    """One frame without echo.

    `far_active`: the agent's sound may come back in it; `double_talk`: and the callee speaks over
    it. `erle_db` and `delay_ms` are None while there is nothing to measure.
    """

    pcm: bytes
    far_active: bool
    double_talk: bool
    erle_db: float | None
    delay_ms: int | None


class EchoControl:
    """One per call, over any linear engine.

    While the far end is silent, and until there is evidence that the line returns an echo at all,
    the microphone passes bit by bit. Positions are samples of the stream.
    """

    def __init__(self, engine: EchoCanceller) -> None:
        self._engine = engine
        self._reference = FarReference()
        self._search = Search(self._reference)
        self._shifts = ShiftFinder()
        self._detector = DoubleTalkDetector()
        self._residual = ResidualSuppressor()
        self._delay = 0
        self._known_delay = self._echoes = False
        self._quiet = _TAIL_FRAMES + 1
        self._spurt = self._unsure = 0
        self._misplaced = False
        self._read_to = 0
        self._coupling = self._expected = 0.0
        self._near_energy = self._left_energy = 0.0

    @property
    def name(self) -> str:
        """The linear engine's name."""
        return self._engine.name

    def played(self, pcm: bytes, at_samples: int) -> None:
        """PCM s16le that the callee's telephone plays from then on; later words replace earlier."""
        self._reference.played(pcm, at_samples)
        if at_samples < self._read_to:
            self._misplaced = True
            self._begin()

    def process(self, near: bytes, at_samples: int) -> Cancelled:
        """20 ms of the callee's channel, 320 bytes. Raises ValueError on another length."""
        if len(near) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(near)}")
        at = at_samples - self._delay
        far = self._reference.frame(at)
        self._read_to = at + FRAME
        self._search.heard(near)
        fresh = self._quiet > _TAIL_FRAMES
        energy = _energy(far) if far is not SILENCE else 0.0
        active = energy > _AUDIBLE
        self._quiet = 0 if active else self._quiet + 1
        if self._quiet > _TAIL_FRAMES:
            self._idle(at_samples)
            return Cancelled(near, False, False, self._erle_db, self._delay_ms)
        if fresh:
            self._begin()
        self._spurt += 1
        self._expect(energy, at)
        pcm = self._cancel(near, far, fresh)
        self._place(active, at_samples + FRAME)
        double_talk = self._detector.double_talk
        return Cancelled(pcm, True, double_talk, self._erle_db, self._delay_ms)

    def _begin(self) -> None:
        """A talk spurt begins or is moved; where one was misplaced before, this one may be."""
        self._spurt = 0
        self._shifts.forget()
        self._unsure = _UNSURE_FRAMES if self._misplaced else 0

    def _expect(self, energy: float, at: int) -> None:
        """How much echo the reference makes expect, if need be also the reference soon to come."""
        if self._unsure:
            self._unsure = max(0, self._unsure - (8 if self._detector.fits else 1))
            energy = max(energy, _energy(self._reference.frame(at + _AHEAD)))
        self._expected = max(self._coupling * energy, _EXPECTED_DECAY * self._expected)

    def _cancel(self, near: bytes, far: bytes, fresh: bool) -> bytes:
        detector = self._detector
        linear = self._engine.cancel(near, far, detector.learn)
        self._shifts.heard(near, linear)
        mic = np.frombuffer(near, "<i2").astype(np.float32)
        out = np.frombuffer(linear, "<i2").astype(np.float32)
        frame = measure(mic, out)
        mic_energy, out_energy = frame.near, frame.out
        detector.judge(frame, self._expected, self._unsure > 0)
        if not self._echoes:
            fresh = self._echoes = self._known_delay
        if not self._echoes:
            return near
        guarded = never_louder(mic, out, mic_energy, out_energy)
        out_energy = min(out_energy, mic_energy)
        last = self._quiet == _TAIL_FRAMES
        gain = self._residual.gain(detector.excess_db, detector.lost, detector.noise, out_energy)
        gain = 1.0 if last else gain
        clean = self._residual.apply(guarded, gain)
        self._measure(mic_energy, out_energy * gain * gain)
        if clean is out and not (fresh or last):
            return linear
        if fresh or last:
            clean = _faded(mic, clean) if fresh else _faded(clean, mic)
            clean = never_louder(mic, clean, mic_energy, float(clean @ clean))
        return np.trunc(clean).astype("<i2").tobytes()

    def _measure(self, mic_energy: float, left_energy: float) -> None:
        if self._quiet == 0 and not self._detector.double_talk:
            self._near_energy = _ERLE_MEMORY * self._near_energy + mic_energy
            self._left_energy = _ERLE_MEMORY * self._left_energy + left_energy

    @property
    def _erle_db(self) -> float | None:
        if self._near_energy <= _AUDIBLE:
            return None
        return 10 * log10((self._near_energy + 1.0) / (self._left_energy + 1.0))

    @property
    def _delay_ms(self) -> int | None:
        return self._delay // _MS if self._known_delay else None

    def _idle(self, at_samples: int) -> None:
        if self._search.pending:
            self._found(self._search.step(at_samples + FRAME, False), at_samples + FRAME)

    def _place(self, active: bool, heard_to: int) -> None:
        detector = self._detector
        early = self._spurt <= _SPURT_FRAMES
        if detector.misfits and detector.converged:
            every = _SHIFT_EVERY if detector.lost or early else _SHIFT_SELDOM
            if self._spurt % every == 0:
                self._shift(self._shifts.shift())
        if not (detector.converged and self._echoes):
            self._found(self._search.step(heard_to, active), heard_to)

    def _shift(self, shift: int | None) -> None:
        if shift is not None:
            self._delay += shift
            self._misplaced = True
            self._unsure = _TAIL_FRAMES
            self._shifts.forget()
            self._detector.hold(_TAIL_FRAMES)

    def _found(self, delay: int | None, heard_to: int) -> None:
        """The echo begins so late: does the filter as it stands reach it?"""
        if delay is None:
            return
        self._known_delay = True
        coupling = self._search.coupling(heard_to, delay)
        self._coupling = min(coupling, 2 * self._coupling) if self._coupling else coupling
        if not -_NEARLY <= delay - self._delay <= _REACH:
            self._delay = delay - _MARGIN
            self._engine.reset()
            self._detector.reset()
            self._residual.close()
            self._shifts.forget()


def _energy(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return float(samples @ samples)


def _faded(first: Samples, then: Samples) -> Samples:
    faded: Samples = first + _FADE * (then - first)
    return faded
