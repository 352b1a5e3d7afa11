"""Whose turn it is, frame by frame: who picked up, what was heard, who interrupts."""

from dataclasses import dataclass

from media.audio.g711 import FRAME_MS
from media.listen import Frame, Heard
from media.turn.answering import Answering, Verdict
from media.turn.bargein import BargeIn, Interruption


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Who answered, as it looks now; `MESSAGE_NOW` follows `MACHINE`."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The callee took the floor while the agent was speaking."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Said while the agent went on speaking, and too short to want the floor."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nobody has said anything for a while."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The call has to end now to end in time."""


Notice = PickedUp | BargedIn | Aside | Heard | Quiet | TimeUp


class TurnTaking:
    """Pure: fed with one frame of the callee at a time, gives what it means for the talk.

    Times are ms of the stream from the first frame on. `resumed` calls know who answered.
    """

    def __init__(self, *, silence_ms: int, talk_limit_ms: int, resumed: bool = False) -> None:
        self._silence_ms = silence_ms
        self._talk_limit_ms = talk_limit_ms
        self._answering = Answering()
        self._pickup_open = not resumed
        self._barge_in = BargeIn()
        self._talked_ms = 0
        self._quiet_ms = 0

    @property
    def pickup_open(self) -> bool:
        """Whether beeps and partial words still matter."""
        return self._pickup_open

    def frame(self, frame: Frame, *, agent: bool, thinking: bool, callee: bool) -> list[Notice]:
        """One frame; `agent` is heard, is `thinking` what to say, `callee` is in an utterance."""
        notices: list[Notice] = []
        self._talked_ms += FRAME_MS
        if self._pickup_open:
            notices += self._picked_up(frame)
        interruption = self._barge_in.feed(callee=frame.speech and not frame.own, agent=agent)
        if isinstance(interruption, Interruption):
            notices.append(BargedIn())
            agent = False
        if frame.heard is not None:
            notices += self._heard(frame.heard, agent=agent)
        notices += self._watches(busy=agent or thinking or callee or frame.speech)
        return notices

    def _picked_up(self, frame: Frame) -> list[Notice]:
        verdict = self._answering.feed(speech=frame.speech, beep=frame.beep)
        words = frame.heard.text if frame.heard else frame.words
        if verdict is None and words:
            verdict = self._answering.words(words)
        settled = self._answering.verdict
        machine = settled in (Verdict.MACHINE, Verdict.MESSAGE_NOW)
        if settled is Verdict.MESSAGE_NOW or (not machine and self._talked_ms > 15_000):
            self._pickup_open = False
        return [PickedUp(verdict)] if verdict is not None else []

    def _heard(self, heard: Heard, *, agent: bool) -> list[Notice]:
        if not agent:
            return [heard]
        return [BargedIn(), heard] if heard.keyphrases else [Aside(heard)]

    def _watches(self, *, busy: bool) -> list[Notice]:
        notices: list[Notice] = []
        self._quiet_ms = 0 if busy else self._quiet_ms + FRAME_MS
        if self._quiet_ms >= self._silence_ms:
            self._quiet_ms = 0
            notices.append(Quiet())
        if self._talked_ms - FRAME_MS < self._talk_limit_ms <= self._talked_ms:
            notices.append(TimeUp())
        return notices
