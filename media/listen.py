"""From the carrier's frames to what the callee said."""

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from media.audio import g711
from media.audio.processor import AudioProcessor, CleanFrame
from media.audio.tone import BeepDetector
from media.engines.stt.port import Recognition, Recognizer
from media.turn.endpoint import EndpointConfig, Endpointer, SpeechEnded, SpeechStarted

_SAMPLES_PER_MS = 8
_PARTIAL_EVERY_FRAMES = 10
_PAUSE_MS = 160


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
    """20 ms of the callee as they came off the line, PCM s16le at 8 kHz, and what was found.

    `own`: the speech may be the agent's, coming back on a line not yet known. `started` when an
    utterance was found to have begun, `heard` when it ended; `words` now and then the words so far,
    while `Listener.pick_up` holds.
    """

    started_ms: int
    pcm: bytes
    speech: bool
    own: bool = False
    beep: bool = False
    started: bool = False
    words: str | None = None
    heard: Heard | None = None

    @property
    def ended_ms(self) -> int:
        """The time of the frame's end, which is the time it was received at the far end."""
        return self.started_ms + g711.FRAME_MS


@dataclass(frozen=True, slots=True)
class Utterance:
    """One that has ended; `recognition` comes when the recogniser has it."""

    recognition: Future[Recognition]
    started_ms: int
    ended_ms: int
    endpoint_ms: int
    cut: bool

    def heard(self) -> Heard:
        """What was understood; waits for it. Raises what the recogniser failed with."""
        understood = self.recognition.result()
        return Heard(
            text=understood.text,
            confidence=understood.confidence,
            keyphrases=understood.keyphrases,
            started_ms=self.started_ms,
            ended_ms=self.ended_ms,
            endpoint_ms=self.endpoint_ms,
            cut=self.cut,
        )


class Listener:
    """Processes on arrival, without a play-out clock; sound is placed by its timestamps.

    The recogniser is given the cleaned sound. Its errors pass.
    """

    def __init__(
        self, audio: AudioProcessor, recognizer: Recognizer, config: EndpointConfig | None = None
    ) -> None:
        config = config or EndpointConfig()
        self.audio = audio
        self._recognizer = recognizer
        self._endpointer = Endpointer(config)
        self._beep = BeepDetector()
        kept_ms = config.pre_roll_ms + config.onset_window_ms + g711.FRAME_MS
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=kept_ms // g711.FRAME_MS)
        self._origin_samples = 0
        self._started_samples = 0
        self._silent_ms = 0
        self._ended: deque[Utterance] = deque()
        self.pick_up = True
        """Look for beeps and partial words too, as long as it is open who answered."""

    @property
    def speaking(self) -> bool:
        """Whether the callee is in the middle of an utterance."""
        return self._endpointer.speaking

    @property
    def understanding(self) -> bool:
        """Whether the recogniser still has to say what an utterance was."""
        return bool(self._ended)

    def _ms(self, samples: int) -> int:
        return (self._origin_samples + samples) // _SAMPLES_PER_MS

    def receive(self, timestamp_ms: int, ulaw: bytes, sequence: int = 0) -> list[Frame]:
        """Take mu-law as the carrier sent it; see `AudioProcessor.push`."""
        return [self._frame(clean) for clean in self.audio.push(ulaw, timestamp_ms, sequence)]

    def _frame(self, clean: CleanFrame) -> Frame:
        position = self._endpointer.position_samples
        self._origin_samples = clean.at_samples - position
        beep = self.pick_up and self._beep.feed(clean.line)
        speech = clean.speech and not beep
        self._recent.append((position, clean.pcm))
        event = self._endpointer.feed(speech)
        started = isinstance(event, SpeechStarted)
        if isinstance(event, SpeechStarted):
            self._start(event)
        elif self.speaking or isinstance(event, SpeechEnded):
            self._recognizer.accept(clean.pcm)
        if isinstance(event, SpeechEnded):
            self._end(event)
        elif self._pauses():
            self._recognizer.pause()
        return Frame(
            started_ms=self._ms(position),
            pcm=clean.line,
            speech=speech,
            own=clean.own,
            beep=beep,
            started=started,
            words=self._words(),
            heard=self._understood(),
        )

    def _start(self, event: SpeechStarted) -> None:
        self._started_samples = event.at_samples
        self._recognizer.start()
        for position, pcm in self._recent:
            if position >= event.pre_roll_samples:
                self._recognizer.accept(pcm)

    def _pauses(self) -> bool:
        """Once in each silence within an utterance, when it is long enough to be its end."""
        before, self._silent_ms = self._silent_ms, self._endpointer.silent_ms
        return before < _PAUSE_MS <= self._silent_ms

    def _words(self) -> str | None:
        frames = self._endpointer.position_samples // g711.FRAME_BYTES
        if self.pick_up and self.speaking and frames % _PARTIAL_EVERY_FRAMES == 0:
            return self._recognizer.partial()
        return None

    def _end(self, event: SpeechEnded) -> None:
        self._ended.append(
            Utterance(
                recognition=self._recognizer.finish(),
                started_ms=self._ms(self._started_samples),
                ended_ms=self._ms(event.at_samples),
                endpoint_ms=self._ms(event.decided_samples),
                cut=event.cut,
            )
        )

    def _understood(self) -> Heard | None:
        """The oldest utterance, once it is understood: words stay in their order."""
        if self._ended and self._ended[0].recognition.done():
            return self._ended.popleft().heard()
        return None

    def flush(self) -> list[Utterance]:
        """What is not told yet at the end of the call, which cuts off a running utterance.

        Call once, last.
        """
        if self.speaking:
            now = self._endpointer.position_samples
            self._end(SpeechEnded(now, now, cut=True))
        return list(self._ended)
