"""From the carrier's frames to what the callee said."""

from collections import deque
from dataclasses import dataclass

from media.audio import g711
from media.audio.tone import BeepDetector
from media.audio.vad import VoiceActivity
from media.engines.stt.port import Recognizer
from media.turn.endpoint import EndpointConfig, Endpointer, SpeechEnded, SpeechStarted

_BYTES_PER_MS = 8
_SILENCE = bytes(2 * g711.FRAME_BYTES)
_GAP_LEAST_MS = 15
"""Timestamps wobble by a millisecond or two; a step this much too far is a lost frame."""
_GAP_MOST_MS = 5000
_PARTIAL_EVERY_FRAMES = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance of the callee; empty `text` is speech that was not understood.

    `started_ms` and `ended_ms` are the first and last speech, `endpoint_ms` when the end was
    sure, all in ms of the stream. `cut`: ended by its length, more follows.
    """

    text: str
    confidence: float
    keyphrases: tuple[str, ...]
    started_ms: int
    ended_ms: int
    endpoint_ms: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the callee: PCM s16le at 8 kHz and what was found in it.

    `started` when an utterance was found to have begun, `heard` when it ended; `words` now and
    then the words so far, while `Listener.pick_up` holds.
    """

    started_ms: int
    pcm: bytes
    speech: bool
    beep: bool = False
    started: bool = False
    words: str | None = None
    heard: Heard | None = None

    @property
    def ended_ms(self) -> int:
        """The time of the frame's end, which is the time it was received at the far end."""
        return self.started_ms + g711.FRAME_MS


class Listener:
    """Processes on arrival, without a play-out clock; samples are placed by their timestamps.

    Only a gap that the timestamps prove is filled, with silence. Errors of the recogniser pass.
    """

    def __init__(
        self, recognizer: Recognizer, vad: VoiceActivity, config: EndpointConfig | None = None
    ) -> None:
        config = config or EndpointConfig()
        self._recognizer = recognizer
        self._vad = vad
        self._endpointer = Endpointer(config)
        self._beep = BeepDetector()
        kept_ms = config.pre_roll_ms + config.onset_window_ms + g711.FRAME_MS
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=kept_ms // g711.FRAME_MS)
        self._rest = b""
        self._origin_ms: int | None = None
        self._started_samples = 0
        self.pick_up = True
        """Look for beeps and partial words too, as long as it is open who answered."""

    @property
    def speaking(self) -> bool:
        """Whether the callee is in the middle of an utterance."""
        return self._endpointer.speaking

    def _ms(self, samples: int) -> int:
        return (self._origin_ms or 0) + samples // _BYTES_PER_MS

    def receive(self, timestamp_ms: int, ulaw: bytes) -> list[Frame]:
        """Take mu-law of any length; the frames that it completes, with filled gaps first."""
        if self._origin_ms is None:
            self._origin_ms = timestamp_ms
        frames = [self._frame(_SILENCE) for _ in range(self._lost_frames(timestamp_ms))]
        self._rest += ulaw
        while len(self._rest) >= g711.FRAME_BYTES:
            piece, self._rest = self._rest[: g711.FRAME_BYTES], self._rest[g711.FRAME_BYTES :]
            frames.append(self._frame(g711.decode(piece)))
        return frames

    def _lost_frames(self, timestamp_ms: int) -> int:
        assert self._origin_ms is not None
        expected = self._ms(self._endpointer.position_samples + len(self._rest))
        gap_ms = timestamp_ms - expected
        if gap_ms < _GAP_LEAST_MS:
            return 0
        if gap_ms > _GAP_MOST_MS:
            self._origin_ms += gap_ms
            return 0
        return round(gap_ms / g711.FRAME_MS)

    def _frame(self, pcm: bytes) -> Frame:
        position = self._endpointer.position_samples
        speech = self._vad.is_speech(pcm)
        beep = self.pick_up and self._beep.feed(pcm)
        self._recent.append((position, pcm))
        event = self._endpointer.feed(speech and not beep)
        started = isinstance(event, SpeechStarted)
        if isinstance(event, SpeechStarted):
            self._start(event)
        elif self.speaking or isinstance(event, SpeechEnded):
            self._recognizer.accept(pcm)
        return Frame(
            started_ms=self._ms(position),
            pcm=pcm,
            speech=speech and not beep,
            beep=beep,
            started=started,
            words=self._words(),
            heard=self._finish(event) if isinstance(event, SpeechEnded) else None,
        )

    def _start(self, event: SpeechStarted) -> None:
        self._started_samples = event.at_samples
        self._recognizer.start()
        for position, pcm in self._recent:
            if position >= event.pre_roll_samples:
                self._recognizer.accept(pcm)

    def _words(self) -> str | None:
        frames = self._endpointer.position_samples // g711.FRAME_BYTES
        if self.pick_up and self.speaking and frames % _PARTIAL_EVERY_FRAMES == 0:
            return self._recognizer.partial()
        return None

    def _finish(self, event: SpeechEnded) -> Heard:
        understood = self._recognizer.finish()
        return Heard(
            text=understood.text,
            confidence=understood.confidence,
            keyphrases=understood.keyphrases,
            started_ms=self._ms(self._started_samples),
            ended_ms=self._ms(event.at_samples),
            endpoint_ms=self._ms(event.decided_samples),
            cut=event.cut,
        )

    def flush(self) -> Heard | None:
        """The utterance that the end of the call cut off, if there was one. Call once, last."""
        if not self.speaking:
            return None
        now = self._endpointer.position_samples
        return self._finish(SpeechEnded(now, now, cut=True))
