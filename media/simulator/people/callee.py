"""A person on the telephone, without I/O: hears 20 ms, says 20 ms; time is counted in frames."""

from collections import deque
from dataclasses import dataclass

from media.simulator.people.diary import Diary, Words
from media.simulator.people.ear import Ear, Ended, Loudness, Spurt, Started
from media.simulator.people.murmur import Murmur
from media.simulator.people.reactions import Reactions, Understand, deaf
from media.simulator.people.script import (
    FRAME_MS,
    HangUp,
    Person,
    Press,
    Reaction,
    Speak,
    Step,
    When,
)
from media.simulator.people.speech import Utterance
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


class Callee:
    """Plays a `Person`'s script against what is heard. The core of every simulated call.

    `understand` turns the agent's sound into words; asked only for a person who reacts to words.
    """

    def __init__(self, person: Person, understand: Understand = deaf) -> None:
        self.person = person
        self.stopwatch = Stopwatch()
        self._ear = Ear(Loudness(person.loud_dbfs), max(1, person.spurt_gap_ms // FRAME_MS))
        self._reactions = Reactions(person, understand)
        self._murmur = Murmur(person.backchannel)
        self.diary = Diary(understood=self._reactions.understood)
        self._steps = deque(person.steps)
        self._now = 0
        self._speaking: deque[bytes] = deque()
        self._noise_at = 0
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
            self._agent_starts(event.at)
        elif isinstance(event, Ended):
            self._agent_stops(event.spurt)
        keyed = self._reactions.hear(heard, self._ear.talking)
        if keyed is not None:
            self._break_off()
            self._take(keyed)

    def _agent_starts(self, at: int) -> None:
        self._starts += 1
        if self._starts == self._awaited(When.AGENT_STARTS):
            self._event_at = self._now
        self.stopwatch.agent_started(at)

    def _agent_stops(self, spurt: Spurt) -> None:
        self.diary.heard.append(spurt)
        self.stopwatch.agent_stopped(spurt.ended)
        counts = spurt.ended - max(spurt.started, self._free_since) >= MIN_HEARD
        self._stops += counts
        self._reactions.spurt_ended(counts)

    def _awaited(self, when: When) -> int | None:
        step = self._next()
        return step.count if step is not None and step.when is when else None

    def _next(self) -> Step | None:
        return self._steps[0] if self._steps else self.person.default

    def _act(self) -> Said:
        limit_ms = self.person.hang_up_after_ms
        if limit_ms is not None and self.now_ms >= limit_ms:
            return self._hang_up()
        if self._speaking:
            return self._speak()
        self._react()
        step = self._next()
        if step is not None and self._due(step):
            return self._perform(step)
        if self._quiet_ms() >= self.person.patience_s * 1000:
            return self._hang_up()
        return self._listen_on()

    def _quiet_ms(self) -> int:
        """Since the agent's last sound, or the callee's own."""
        alone = self._now + 1 - self._free_since // FRAME
        return min(self._ear.quiet_frames, alone) * FRAME_MS

    def _react(self) -> None:
        reaction = None if self._ear.talking else self._reactions.chosen()
        if reaction is not None:
            self._take(reaction)

    def _take(self, reaction: Reaction) -> None:
        """Its steps come next; what they wait for has already happened."""
        if reaction.replaces:
            self._steps.clear()
        self._steps.extendleft(reversed(reaction.steps))

    def _break_off(self) -> None:
        """Stop in mid-sentence; what was said of it stays in the diary."""
        if self._speaking and not self._murmur.running:
            self._speaking.clear()
            last = self.diary.said.pop()
            self.diary.said.append(Words(last.name, last.started, self._now * FRAME))
            self._done(self._now * FRAME)

    def _due(self, step: Step) -> bool:
        delay = step.after_ms // FRAME_MS
        if step.when is When.NOW:
            return self._now - self._free_since // FRAME >= delay
        if step.when is When.AGENT_STARTS:
            return self._starts >= step.count and self._now - self._event_at >= delay
        done = self._stops >= step.count and not self._ear.talking
        return done and self._ear.quiet_frames > delay and not self._reactions.thinking

    def _perform(self, step: Step) -> Said:
        if self._steps:
            self._steps.popleft()
        action = step.action
        if isinstance(action, HangUp):
            return self._hang_up()
        if isinstance(action, Speak):
            return self._begin(action.utterance)
        self._done(self._now * FRAME)
        if isinstance(action, Press):
            self.diary.pressed += action.digits
            return Said(self._background(), digits=action.digits)
        return Said(self._background())

    def _listen_on(self) -> Said:
        """Nothing is due: the line's noise, or a listener's small sound."""
        since = self._ear.talking_since
        if since is None:
            self._murmur.rest()
        elif self._ear.quiet_frames < _STILL_TALKING:
            sound = self._murmur.due(self._now * FRAME - since)
            if sound is not None:
                return self._begin(sound, aside=True)
        return Said(self._background())

    def _begin(self, utterance: Utterance, aside: bool = False) -> Said:
        started = self._now * FRAME
        self.diary.said.append(Words(utterance.name, started, started + utterance.samples, aside))
        self._murmur.running = aside
        if not aside:
            self.stopwatch.callee_started(started, agent_talking=self._ear.talking)
        self._speaking.extend(utterance.frames)
        self._noise_at = 0
        return self._speak()

    def _speak(self) -> Said:
        if not self._speaking:
            return Said(self._background())
        frame = self._speaking.popleft()
        self._noise_at += 1
        if not self._speaking and not self._murmur.running:
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
        self._reactions.forget()

    def _hang_up(self) -> Said:
        self.diary.hung_up = True
        return Said(SILENCE, hung_up=True)

    def _background(self) -> bytes:
        noise = self.person.noise
        if not noise:
            return SILENCE
        frame = noise[self._noise_at % len(noise)]
        self._noise_at += 1
        return frame
