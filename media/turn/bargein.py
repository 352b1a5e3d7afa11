"""Is the callee's speech over the agent an interruption or a mere "uh-huh": a state machine."""

from dataclasses import dataclass

from media.turn.endpoint import FRAME_SAMPLES, SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class Interruption:
    """The callee took the floor: stop talking. Positions are samples at 8 kHz."""

    started_samples: int
    decided_samples: int


@dataclass(frozen=True, slots=True)
class Backchannel:
    """The callee said something too short to want the floor: go on talking."""

    started_samples: int
    ended_samples: int


@dataclass(frozen=True, slots=True)
class BargeInConfig:
    """Durations in ms: `least_ms` of speech interrupt; speech in the agent's first `guard_ms`
    does not count; pauses below `gap_ms` do not part a spurt of speech."""

    least_ms: int = 240
    guard_ms: int = 200
    gap_ms: int = 300


class BargeIn:
    """At most one interruption in each stretch of the agent's speech."""

    def __init__(self, config: BargeInConfig | None = None) -> None:
        self._config = config or BargeInConfig()
        self._position = 0
        self._agent_for = 0
        self._interrupted = False
        self._forget()

    def _forget(self) -> None:
        self._started: int | None = None
        self._spoken = 0
        self._last_speech = 0

    def feed(self, *, callee: bool, agent: bool) -> Interruption | Backchannel | None:
        """Take one 20 ms frame: does the callee speak, is the agent heard speaking."""
        self._position += FRAME_SAMPLES
        if not agent:
            self._agent_for, self._interrupted = 0, False
            self._forget()
            return None
        self._agent_for += FRAME_SAMPLES
        guarded = self._agent_for <= self._config.guard_ms * SAMPLES_PER_MS
        if guarded or self._interrupted:
            return None
        return self._speech() if callee else self._pause()

    def _speech(self) -> Interruption | None:
        if self._started is None:
            self._started = self._position - FRAME_SAMPLES
        self._spoken += FRAME_SAMPLES
        self._last_speech = self._position
        if self._spoken < self._config.least_ms * SAMPLES_PER_MS:
            return None
        self._interrupted = True
        return Interruption(self._started, self._position)

    def _pause(self) -> Backchannel | None:
        if self._started is None:
            return None
        if self._position - self._last_speech < self._config.gap_ms * SAMPLES_PER_MS:
            return None
        short = Backchannel(self._started, self._last_speech)
        self._forget()
        return short
