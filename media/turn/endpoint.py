"""Where the callee's utterances begin and end: a state machine over one bool per 20 ms frame."""

from collections import deque
from dataclasses import dataclass

FRAME_SAMPLES = 160
SAMPLES_PER_MS = 8


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """An utterance began at `at_samples`; feed the recogniser from `pre_roll_samples` on."""

    at_samples: int
    pre_roll_samples: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The utterance's last speech ended at `at_samples`, which was sure at `decided_samples`.

    `cut` when it was ended by its length and not by silence; the rest starts a new utterance.
    """

    at_samples: int
    decided_samples: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Durations in ms, each a multiple of 20.

    Speech starts when `onset_ms` of the last `onset_window_ms` are speech, and ends when
    `hangover_ms` are silent or `longest_ms` have passed. `release_ms`: how much longer than the
    speech itself whoever judges the frames goes on calling it speech.
    """

    onset_ms: int = 60
    onset_window_ms: int = 100
    hangover_ms: int = 480
    pre_roll_ms: int = 200
    longest_ms: int = 15_000
    release_ms: int = 0


class Endpointer:
    """Positions are samples at 8 kHz since the first frame fed."""

    def __init__(self, config: EndpointConfig | None = None) -> None:
        self._config = config or EndpointConfig()
        self._window: deque[bool] = deque(maxlen=self._frames(self._config.onset_window_ms))
        self._position = 0
        self._started: int | None = None
        self._last_speech = 0
        self._previous_end = 0

    @staticmethod
    def _frames(duration_ms: int) -> int:
        return max(1, duration_ms * SAMPLES_PER_MS // FRAME_SAMPLES)

    @property
    def speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._started is not None

    @property
    def silent_ms(self) -> int:
        """How long the open utterance has been silent; 0 outside of one.

        The frames that are called speech longer than the speech itself count as silence.
        """
        if self._started is None:
            return 0
        silent = (self._position - self._last_speech) // SAMPLES_PER_MS
        return silent + self._config.release_ms if silent else 0

    @property
    def position_samples(self) -> int:
        """How much has been fed."""
        return self._position

    def feed(self, speech: bool) -> SpeechStarted | SpeechEnded | None:
        """Take one frame; at most one event comes of it."""
        self._position += FRAME_SAMPLES
        if self._started is None:
            return self._idle(speech)
        if speech:
            self._last_speech = self._position
        hangover_ms = self._config.hangover_ms - self._config.release_ms
        if self._position - self._last_speech >= hangover_ms * SAMPLES_PER_MS:
            return self._end(cut=False)
        if self._position - self._started >= self._config.longest_ms * SAMPLES_PER_MS:
            return self._end(cut=True)
        return None

    def _idle(self, speech: bool) -> SpeechStarted | None:
        self._window.append(speech)
        if not speech or sum(self._window) < self._frames(self._config.onset_ms):
            return None
        first = len(self._window) - list(self._window).index(True)
        self._started = self._position - first * FRAME_SAMPLES
        self._last_speech = self._position
        earlier = self._started - self._config.pre_roll_ms * SAMPLES_PER_MS
        return SpeechStarted(self._started, max(self._previous_end, earlier))

    def _end(self, *, cut: bool) -> SpeechEnded:
        assert self._started is not None
        released = self._last_speech - self._config.release_ms * SAMPLES_PER_MS
        at = max(self._started, released)
        self._started = None
        self._window.clear()
        self._previous_end = self._position if cut else self._last_speech
        return SpeechEnded(at, self._position, cut)
