"""Echo control of one call: places the reference, cancels, suppresses what is left, tells of it."""

from math import log10
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from media.audio.echo.double_talk import DoubleTalkDetector
from media.audio.echo.guard import never_louder
from media.audio.echo.meter import Meter
from media.audio.echo.placement import Placement, energy_of
from media.audio.echo.port import FRAME, FRAME_BYTES, TAIL, EchoCanceller
from media.audio.echo.residual import ResidualSuppressor

_TAIL_FRAMES = -(-TAIL // FRAME)
_AUDIBLE = FRAME * 33.0**2
"""A reference below -60 dBFS makes no echo."""
_FADE = np.minimum(np.arange(1, FRAME + 1, dtype=np.float32) / np.float32(40), np.float32(1))
"""From one signal to another within 5 ms."""
_ERLE_MEMORY = 0.98
_ERLE_FRAMES = 10

Samples = npt.NDArray[np.float32]


class Cancelled(NamedTuple):
    """One frame without echo.

    `far_active`: the agent's sound may come back in it; `double_talk`: and the callee speaks over
    it. `erle_db` and `delay_ms` are None while there is nothing to measure. `settled`: the line is
    known to return no echo, or its echo is known and has been cancelled; until then what sounds
    like speech may well be the agent's own.
    """

    pcm: bytes
    far_active: bool
    double_talk: bool
    erle_db: float | None
    delay_ms: int | None
    settled: bool = True


class EchoControl:
    """One per call, over any linear engine.

    While the far end is silent, and until there is evidence that the line returns an echo at all,
    the microphone passes bit by bit; on a line without echo the engine rests. Positions are
    samples of the stream.
    """

    def __init__(self, engine: EchoCanceller) -> None:
        self._engine, self._guarded = engine, engine.guards_itself
        self._placement = Placement()
        self._detector = DoubleTalkDetector()
        self._residual = ResidualSuppressor()
        self._meter = Meter()
        self._echoes = False
        self._quiet = _TAIL_FRAMES + 1
        self._near_energy = self._left_energy = 0.0
        self._measured = 0
        self._erle_db: float | None = None

    @property
    def name(self) -> str:
        """The linear engine's name."""
        return self._engine.name

    def played(self, pcm: bytes, at_samples: int) -> None:
        """PCM s16le that the callee's telephone plays from then on; later words replace earlier."""
        self._placement.played(pcm, at_samples)

    def process(self, near: bytes, at_samples: int) -> Cancelled:
        """20 ms of the callee's channel, 320 bytes. Raises ValueError on another length."""
        if len(near) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(near)}")
        placement, detector = self._placement, self._detector
        far = placement.frame(near, at_samples)
        energy = energy_of(far)
        pause = self._quiet
        fresh = pause > _TAIL_FRAMES
        self._quiet = 0 if energy > _AUDIBLE else self._quiet + 1
        if self._quiet > _TAIL_FRAMES:
            if placement.seek(detector, active=False):
                self._relearn()
            settled = self._settled
            return Cancelled(near, False, False, self._erle_db, placement.delay_ms, settled)
        if fresh:
            placement.begin(pause)
        placement.expect(energy, detector.fits)
        pcm = self._cancel(near, far, fresh)
        if placement.follow(detector, self._quiet == 0):
            self._relearn()
            self._echoes = placement.known
        double_talk = detector.double_talk and (placement.known or placement.echoless)
        settled = self._settled
        return Cancelled(pcm, True, double_talk, self._erle_db, placement.delay_ms, settled)

    @property
    def _settled(self) -> bool:
        placement = self._placement
        return (placement.known and self._detector.learned) or placement.echoless

    def _cancel(self, near: bytes, far: bytes, fresh: bool) -> bytes:
        if self._placement.echoless:
            linear = near
        else:
            guarded = self._guarded and not self._placement.unsure
            linear = self._engine.cancel(near, far, guarded or self._detector.learn)
        self._placement.heard(near, linear)
        frame = self._meter.measure(near, linear)
        self._detector.judge(frame, self._placement.expected, self._placement.unsure)
        self._placement.missed(frame.near, self._detector.fits)
        if not self._echoes:
            if not self._placement.known:
                return near
            fresh = self._echoes = True
        mic, out = self._meter.mic, self._meter.out
        last = self._quiet == _TAIL_FRAMES
        left = min(frame.near, frame.out)
        gain = 1.0 if last else self._residual.gain(self._detector, left)
        clean = never_louder(mic, out, frame.near, frame.out)
        clean = self._residual.apply(clean, gain)
        self._measure(frame.near, left * gain * gain)
        if fresh or last:
            clean = _faded(mic, clean) if fresh else _faded(clean, mic)
            clean = never_louder(mic, clean, frame.near, float(clean @ clean))
        return linear if clean is out else clean.astype("<i2").tobytes()

    def _relearn(self) -> None:
        self._engine.reset()
        self._detector.reset()
        self._residual.close()

    def _measure(self, near: float, left: float) -> None:
        if self._quiet or self._detector.double_talk:
            return
        self._near_energy = _ERLE_MEMORY * self._near_energy + near
        self._left_energy = _ERLE_MEMORY * self._left_energy + left
        self._measured += 1
        if self._measured % _ERLE_FRAMES == 0 and self._near_energy > _AUDIBLE:
            self._erle_db = 10 * log10((self._near_energy + 1.0) / (self._left_energy + 1.0))


def _faded(first: Samples, then: Samples) -> Samples:
    faded: Samples = first + _FADE * (then - first)
    return faded
