"""The audio path of one call: what the carrier sends comes out clean, with what was found in it.

Order: place in time, mu-law, concealment of proven gaps, echo, voice activity, noise. Voice
activity is judged before the noise reducer, whose output lags by some milliseconds, so that
nothing is added to the time in which an answer comes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dialer.call import AudioHealth
from media.audio import g711
from media.audio.arrivals import Arrivals, Placed
from media.audio.concealment.port import Concealer
from media.audio.cost import CostHistogram
from media.audio.echo.control import Cancelled
from media.audio.health import Jitter, LineLog
from media.audio.level import rms_dbfs
from media.audio.noise.port import NoiseReducer
from media.audio.stage import Stage
from media.audio.vad.port import VoiceActivity

_SILENCE = bytes(2 * g711.FRAME_BYTES)
_COST_EVERY = 8
"""One frame in so many tells as much of the costs as all of them."""


class EchoPath(Protocol):
    """Echo cancellation of one call; positions are samples of the stream."""

    def played(self, pcm: bytes, at_samples: int) -> None:
        """The callee's telephone plays this from then on."""

    def process(self, near: bytes, at_samples: int) -> Cancelled:
        """One frame of the callee without the echo of what was played."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The engines of one call. A stage without an engine passes the sound on."""

    concealment: Stage[Concealer]
    echo: Stage[EchoPath]
    noise: Stage[NoiseReducer]
    vad: Stage[VoiceActivity]


class CleanFrame(NamedTuple):
    """20 ms of the callee: PCM s16le as it came off the line (`line`) and cleaned (`pcm`).

    `pcm` lags `line` by the noise reducer's delay. `echo`: the agent's sound comes back in this
    frame; `double_talk`: and the callee speaks over it. `own`: what sounds like speech may well be
    the agent's, as her first words meet a line whose echo nobody knows yet. `lost`: concealed, not
    received.
    """

    at_samples: int
    line: bytes
    pcm: bytes
    speech: bool
    lost: bool
    echo: bool
    double_talk: bool
    own: bool


class AudioProcessor:
    """One per call, made in the process that carries it: the engines hold native state.

    `clock_ns` is any steady clock. Nothing that the carrier sends raises; what cannot be used is
    counted. A stage that fails is replaced; `warnings` is the list that the stages warn into.
    """

    def __init__(
        self, stages: Stages, clock_ns: Callable[[], int], warnings: Sequence[str] = ()
    ) -> None:
        self._stages = stages
        self._warnings = warnings
        self._clock_ns = clock_ns
        self._arrivals = Arrivals()
        self._jitter = Jitter()
        self._log = LineLog()
        self._far_frames = self._double_talk = 0
        self._erle_db: float | None = None
        self._delay_ms: int | None = None
        self._costs = {
            name: CostHistogram() for name in ("frame", "decode", "echo", "vad", "noise")
        }

    def push(self, payload: bytes, timestamp_ms: int, sequence: int = 0) -> list[CleanFrame]:
        """Mu-law of any length, as the carrier sent it; the frames that it completes.

        `timestamp_ms` of the first sample, from the start of the stream; `sequence` numbers the
        callee's packets from 1, 0 when it is unknown. A gap that the timestamps prove comes
        first, concealed.
        """
        self._jitter.feed(self._clock_ns() / 1e6, timestamp_ms)
        return [
            self._frame(piece) for piece in self._arrivals.take(payload, timestamp_ms, sequence)
        ]

    def played(self, ulaw: bytes, at_samples: int) -> None:
        """Sound that the callee's telephone plays from `at_samples` of the stream on.

        What is told later replaces what was told of the same time before.
        """
        stage = self._stages.echo
        if stage.engine is not None:
            try:
                stage.engine.played(g711.decode(ulaw), at_samples)
            except Exception as error:
                stage.failed(error)

    def _frame(self, piece: Placed) -> CleanFrame:
        clock = self._clock_ns
        began = clock()
        line = self._line(piece.ulaw)
        decoded = clock()
        cancelled = self._cancel(line, piece.at_samples)
        no_echo = clock()
        speech = self._is_speech(cancelled.pcm)
        judged = clock()
        pcm = self._reduce(cancelled.pcm)
        ended = clock()
        if self._log.frames % _COST_EVERY == 0:
            self._note_costs(began, decoded, no_echo, judged, ended)
        self._note(piece.ulaw, line, speech, cancelled)
        return CleanFrame(
            piece.at_samples,
            line,
            pcm,
            speech,
            piece.ulaw is None,
            cancelled.far_active,
            cancelled.double_talk,
            cancelled.far_active and not (cancelled.settled or cancelled.double_talk),
        )

    def _line(self, ulaw: bytes | None) -> bytes:
        stage = self._stages.concealment
        pcm = g711.decode(ulaw) if ulaw is not None else None
        if stage.engine is not None:
            try:
                return stage.engine.good(pcm) if pcm is not None else stage.engine.lost()
            except Exception as error:
                stage.failed(error)
        return pcm if pcm is not None else _SILENCE

    def _cancel(self, line: bytes, at_samples: int) -> Cancelled:
        stage = self._stages.echo
        if stage.engine is not None:
            try:
                return stage.engine.process(line, at_samples)
            except Exception as error:
                stage.failed(error)
        return Cancelled(line, False, False, None, None)

    def _is_speech(self, pcm: bytes) -> bool:
        stage = self._stages.vad
        if stage.engine is not None:
            try:
                return stage.engine.is_speech(pcm)
            except Exception as error:
                stage.failed(error)
        return False

    def _reduce(self, pcm: bytes) -> bytes:
        stage = self._stages.noise
        if stage.engine is not None:
            try:
                return stage.engine.reduce(pcm)
            except Exception as error:
                stage.failed(error)
        return pcm

    def _note_costs(self, *moments_ns: int) -> None:
        """When the frame began and each stage ended."""
        for cost, began, ended in zip(
            self._costs.values(),
            moments_ns[:1] + moments_ns[:-1],
            moments_ns[-1:] + moments_ns[1:],
            strict=True,
        ):
            cost.add(ended - began)

    def _note(self, ulaw: bytes | None, line: bytes, speech: bool, echo: Cancelled) -> None:
        self._log.frame(ulaw, rms_dbfs(line), speech)
        self._far_frames += echo.far_active
        self._double_talk += echo.double_talk
        if echo.erle_db is not None:
            self._erle_db = echo.erle_db
        if echo.delay_ms is not None:
            self._delay_ms = echo.delay_ms

    @property
    def release_ms(self) -> int:
        """How long after the end of speech frames are still called speech."""
        engine = self._stages.vad.engine
        return engine.release_ms if engine is not None else 0

    @property
    def lag_samples(self) -> int:
        """How much `pcm` lags `line`."""
        engine = self._stages.noise.engine
        return engine.delay_samples if engine is not None else 0

    def health(self) -> AudioHealth:
        """The account so far."""
        arrivals, log, stages = self._arrivals, self._log, self._stages
        return AudioHealth(
            frames=log.frames,
            lost_frames=log.lost,
            late_frames=arrivals.late,
            duplicate_frames=arrivals.duplicates,
            malformed_frames=arrivals.malformed,
            resets=arrivals.resets,
            longest_gap_ms=log.longest_gap * g711.FRAME_MS,
            jitter_ms=self._jitter.ms,
            speech_dbfs=log.speech_dbfs,
            noise_dbfs=log.noise_dbfs,
            clipped_share=log.clipped_share,
            far_ms=self._far_frames * g711.FRAME_MS,
            double_talk_ms=self._double_talk * g711.FRAME_MS,
            erle_db=self._erle_db,
            echo_delay_ms=self._delay_ms,
            engines={
                "concealment": stages.concealment.engine_name,
                "echo": stages.echo.engine_name,
                "noise": stages.noise.engine_name,
                "vad": stages.vad.engine_name,
            },
            warnings=tuple(self._warnings),
            cost_p50_us={name: cost.quantile_us(0.5) for name, cost in self._costs.items()},
            cost_p99_us={name: cost.quantile_us(0.99) for name, cost in self._costs.items()},
            seconds=tuple(log.seconds),
        )
