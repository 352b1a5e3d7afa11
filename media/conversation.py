"""Turn by turn: what the agent answers to what happens on the line, until somebody ends it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from dialer.call import AnsweredBy, EndedBy
from media.agent.port import CallAgent, Reply
from media.board import Board
from media.delivery import Delivery, Turn
from media.latency import TurnTimes
from media.line import Line
from media.listen import Heard
from media.outcome import Ending
from media.turn.answering import Verdict
from media.turns import Aside, BargedIn, Notice, PickedUp, Quiet, TimeUp

log = logging.getLogger(__name__)

TIME_UP = ("I am sorry, our time is up.", "Thank you for talking with me. Goodbye.")
APOLOGY = ("I am sorry, I have a technical problem.", "We will call you again. Goodbye.")
FIXED_SENTENCES = (*TIME_UP, *APOLOGY)
"""Rendered before the phone rings, so that they can be said when an engine is gone."""
_HEAR_S = 10.0
_HOLD_BACK_S = 4.0
"""How long an answer waits for a callee who goes on talking; a noise might never end."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The stream is over."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An engine failed while listening."""

    error: Exception


class Conversation:
    """The agent's side of one call. `take` is told what happens, `hold` runs until the end."""

    def __init__(
        self,
        agent: CallAgent,
        delivery: Delivery,
        line: Line,
        board: Board,
        *,
        resumed: bool,
        callee_speaking: Callable[[], bool],
    ) -> None:
        self._agent = agent
        self._delivery = delivery
        self._line = line
        self._board = board
        self._resumed = resumed
        self._callee_speaking = callee_speaking
        self._notices: deque[Notice | Closed | Broken] = deque()
        self._arrived = asyncio.Event()
        self._opened = resumed
        self._turns = 0
        self._first_heard: Heard | None = None
        self._message: Reply | None = None
        self.thinking = False
        self.message_left = False
        self.answered_by = AnsweredBy.HUMAN if resumed else AnsweredBy.UNKNOWN

    async def take(self, notice: Notice | Closed | Broken) -> None:
        """Something happened on the line; an interruption silences the agent before it returns."""
        saying = self._delivery.saying
        if saying is not None and self._interrupts(notice, saying):
            await self._delivery.interrupt()
        if not isinstance(notice, BargedIn | Aside):
            self._notices.append(notice)
            self._arrived.set()

    @staticmethod
    def _interrupts(notice: Notice | Closed | Broken, saying: Turn) -> bool:
        if saying.reply.end:
            return False
        if isinstance(notice, PickedUp):
            return notice.verdict is Verdict.MACHINE
        return isinstance(notice, TimeUp) or (isinstance(notice, BargedIn) and saying.interruptible)

    async def hold(self) -> Ending:
        """Talk until the end. Failures of the engines end in an apology, not in an exception."""
        try:
            return await self._talk()
        except Exception as error:
            log.exception("the conversation broke")
            return await self._apologize(error)

    async def _talk(self) -> Ending:
        turn = Turn(self._agent.resumed()) if self._resumed else None
        while True:
            if turn is not None and (ending := await self._deliver(turn)) is not None:
                return ending
            step = await self._respond(await self._next())
            if isinstance(step, Ending):
                return step
            turn = step

    async def _next(self) -> Notice | Closed | Broken:
        while not self._notices:
            self._arrived.clear()
            await self._arrived.wait()
        return self._notices.popleft()

    async def _respond(self, notice: Notice | Closed | Broken) -> Turn | Ending | None:
        match notice:
            case Closed():
                return self._cut_off(said_all=False)
            case Broken(error):
                raise error
            case TimeUp():
                said = () if self._message is not None else TIME_UP
                return Turn(Reply(said, end=True), ends=EndedBy.LIMIT, own=True)
            case PickedUp(verdict):
                return await self._picked_up(verdict)
            case Heard():
                return await self._heard(notice)
            case Quiet() if self._opened and self._message is None:
                return Turn(await self._agent.silence())
        return None

    async def _picked_up(self, verdict: Verdict) -> Turn | None:
        self._board.publish("state", self._line.now_ms, verdict.value)
        if verdict is Verdict.MESSAGE_NOW and self._message is not None:
            return Turn(self._message, interruptible=False)
        if verdict is Verdict.MACHINE:
            self.answered_by, self._opened = AnsweredBy.MACHINE, True
            self._message = self._agent.machine()
            return None if self._message.sentences else Turn(self._message)
        if self._opened:
            return None
        self._opened = True
        human = verdict is Verdict.HUMAN
        self.answered_by = AnsweredBy.HUMAN if human else AnsweredBy.SILENCE
        heard = self._first_heard
        if heard is not None and heard.keyphrases:
            return await self._answer(heard)
        times = self._times(heard) if heard is not None else None
        if times is not None:
            times.stamp("decided", self._line.now_ms)
        return Turn(self._agent.opening(), times)

    async def _heard(self, heard: Heard) -> Turn | None:
        if self._message is not None:
            return None
        if not self._opened:
            self._first_heard = heard
            return None
        if heard.text:
            self.answered_by = AnsweredBy.HUMAN
        return await self._answer(heard)

    def _times(self, heard: Heard) -> TurnTimes:
        times = TurnTimes(heard.ended_ms)
        times.stamp("endpoint", heard.endpoint_ms)
        times.stamp("recognized", self._line.now_ms)
        return times

    async def _answer(self, heard: Heard) -> Turn:
        """The agent's answer; to all that was said, should the callee go on while it is made."""
        while True:
            times = self._times(heard)
            self._turns += 1
            reply = await self._think(heard)
            times.stamp("decided", self._line.now_ms)
            limit = reply.end and self._turns >= self._agent.brief.max_turns
            turn = Turn(reply, times, EndedBy.LIMIT if limit else EndedBy.AGENT)
            if reply.end or not reply.sentences or self._line.closed:
                return turn
            if self._turns > self._agent.brief.max_turns:
                return Turn(Reply(TIME_UP, end=True), times, EndedBy.LIMIT, own=True)
            more = await self._said_meanwhile()
            if more is None:
                return turn
            self._agent.cut("")
            heard = more

    async def _think(self, heard: Heard) -> Reply:
        self.thinking = True
        try:
            hearing = self._agent.hear(heard.text, heard.confidence, heard.keyphrases)
            return await asyncio.wait_for(hearing, _HEAR_S)
        finally:
            self.thinking = False

    async def _said_meanwhile(self) -> Heard | None:
        """Words that the callee added while the agent was thinking; waits for their end."""
        try:
            async with asyncio.timeout(_HOLD_BACK_S):
                while self._callee_speaking() or any(isinstance(n, Heard) for n in self._notices):
                    notice = await self._next()
                    if isinstance(notice, Heard):
                        if notice.text or notice.keyphrases:
                            return notice
                    elif not isinstance(notice, Quiet):
                        self._notices.appendleft(notice)
                        return None
        except TimeoutError:
            log.info("the callee goes on and on; the answer is given all the same")
        return None

    async def _deliver(self, turn: Turn) -> Ending | None:
        was_closed = self._line.closed
        if any(self._interrupts(notice, turn) for notice in self._notices):
            self._agent.cut("")
            return None
        self._board.save(self._agent.snapshot())
        if turn.reply.sentences:
            heard_out = await self._delivery.say(turn)
            self.message_left = heard_out and turn.reply is self._message
            if not heard_out:
                self._board.save(self._agent.snapshot())
        if not turn.reply.end:
            self._board.publish("listening", self._line.now_ms)
            return None
        await self._last_words()
        if self._line.closed:
            return self._cut_off(said_all=not was_closed)
        return Ending(turn.ends)

    def _cut_off(self, *, said_all: bool) -> Ending:
        """The stream ended first. Without the carrier's word for it, and with the agent not done,
        the call may live on elsewhere: it counts as broken off."""
        if self._line.stopped or said_all:
            return Ending(EndedBy.CALLEE)
        return Ending(EndedBy.ERROR, "the media stream broke off")

    async def _last_words(self) -> None:
        """What was said over the goodbye: an opt-out counts even then."""
        while self._notices:
            notice = self._notices.popleft()
            if isinstance(notice, Heard) and self._message is None:
                await self._think(notice)

    async def _apologize(self, error: Exception) -> Ending:
        ending = Ending(EndedBy.ERROR, f"{type(error).__name__}: {error}")
        if self._line.closed or not self._line.started or self._message is not None:
            return ending
        try:
            await self._line.clear()
            await self._delivery.say(Turn(Reply(APOLOGY, end=True), own=True))
        except Exception:
            log.exception("the apology failed too")
        return ending
