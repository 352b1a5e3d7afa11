"""A person on the telephone, without I/O: hears 20 ms, says 20 ms; time is counted in frames."""

from collections import deque
from dataclasses import dataclass, field

from media.simulator.people.ear import Ear, Ended, Loudness, Spurt, Started
from media.simulator.people.script import FRAME_MS, HangUp, Person, Press, Speak, Step, When
from media.simulator.people.stopwatch import Stopwatch
from media.simulator.playout.playback import FRAME, SILENCE

MIN_HEARD = 200 * 8
"""A spurt counts when at least 200 ms of it came after the callee's own words: the tail of a
sentence that the callee talked over is nothing to answer."""

_STILL_TALKING = 5
"""Frames (100 ms) of quiet that do not yet make the agent's spurt look finished."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the callee does in one frame: sound, keys, or putting the receiver down."""

    frame: bytes
    digits: str = ""
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """One utterance of the callee; samples since the pickup."""

    name: str
    started: int
    ended: int


@dataclass(slots=True)
class Diary:
    """What happened at the callee's end, for the report."""

    heard: list[Spurt] = field(default_factory=list)
    said: list[Words] = field(default_factory=list)
    pressed: str = ""
    hung_up: bool = False


class Callee:
    """Plays a `Person`'s script against what is heard. The core of every simulated call."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.diary = Diary()
        self.stopwatch = Stopwatch()
        self._ear = Ear(Loudness(person.loud_dbfs), max(1, person.spurt_gap_ms // FRAME_MS))
        self._steps = deque(person.steps)
        self._now = 0
        self._speaking: deque[bytes] = deque()
        self._free_since = 0
        self._starts = 0
        self._stops = 0
        self._event_at = 0

    @property
    def now_ms(self) -> int:
        """Milliseconds since the pickup."""
        return self._now * FRAME_MS

    def heard(self) -> list[Spurt]:
        """Every talk spurt of the agent, the running one up to now."""
        running = self._ear.running
        return [*self.diary.heard, *([running] if running else [])]

    def step(self, heard: bytes) -> Said:
        """Hear one frame of 160 bytes of mu-law and act."""
        self._listen(heard)
        said = self._act()
        self._now += 1
        return said

    def _listen(self, heard: bytes) -> None:
        event = self._ear.hear(heard)
        if isinstance(event, Started):
            self._starts += 1
            if self._starts == self._awaited(When.AGENT_STARTS):
                self._event_at = self._now
            self.stopwatch.agent_started(event.at)
        elif isinstance(event, Ended):
            self.diary.heard.append(event.spurt)
            self.stopwatch.agent_stopped(event.spurt.ended)
            if event.spurt.ended - max(event.spurt.started, self._free_since) >= MIN_HEARD:
                self._stops += 1

    def _awaited(self, when: When) -> int | None:
        step = self._next()
        return step.count if step is not None and step.when is when else None

    def _next(self) -> Step | None:
        return self._steps[0] if self._steps else self.person.default

    def _act(self) -> Said:
        if self._speaking:
            return self._speak()
        step = self._next()
        if step is not None and self._due(step):
            return self._perform(step)
        if self._ear.quiet_frames * FRAME_MS >= self.person.patience_s * 1000:
            return self._hang_up()
        return Said(self._background())

    def _due(self, step: Step) -> bool:
        delay = step.after_ms // FRAME_MS
        if step.when is When.NOW:
            return self._now - self._free_since // FRAME >= delay
        if step.when is When.AGENT_STARTS:
            return self._starts >= step.count and self._now - self._event_at >= delay
        done = self._stops >= step.count and not self._ear.talking
        return done and self._ear.quiet_frames > delay

    def _perform(self, step: Step) -> Said:
        if self._steps:
            self._steps.popleft()
        action = step.action
        if isinstance(action, HangUp):
            return self._hang_up()
        if isinstance(action, Speak):
            return self._begin(action)
        self._done(self._now * FRAME)
        if isinstance(action, Press):
            self.diary.pressed += action.digits
            return Said(self._background(), digits=action.digits)
        return Said(self._background())

    def _begin(self, action: Speak) -> Said:
        started = self._now * FRAME
        words = Words(action.utterance.name, started, started + action.utterance.samples)
        self.diary.said.append(words)
        self.stopwatch.callee_started(started, agent_talking=self._ear.talking)
        self._speaking.extend(action.utterance.frames)
        return self._speak()

    def _speak(self) -> Said:
        if not self._speaking:
            return Said(self._background())
        frame = self._speaking.popleft()
        if not self._speaking:
            ended = self.diary.said[-1].ended
            self.stopwatch.callee_stopped(ended, agent_talking=self._ear.talking)
            self._done(ended)
        return Said(frame)

    def _done(self, sample: int) -> None:
        """A step is over at `sample`; the next waits for a new event, or joins a running spurt."""
        self._free_since = sample
        self._stops = 0
        self._starts = int(self._ear.talking and self._ear.quiet_frames < _STILL_TALKING)
        self._event_at = self._now + 1

    def _hang_up(self) -> Said:
        self.diary.hung_up = True
        return Said(SILENCE, hung_up=True)

    def _background(self) -> bytes:
        noise = self.person.noise
        return noise[self._now % len(noise)] if noise else SILENCE
