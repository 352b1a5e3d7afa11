"""Says one answer on the line and finds out how much of it was heard."""

from contextlib import aclosing
from dataclasses import dataclass

from dialer.call import EndedBy, TurnLatency
from media.agent.port import CallAgent, Reply
from media.latency import TurnTimes
from media.line import Line
from media.speak import Speaker, clauses


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer and what belongs to it; `own` words are the session's and not the agent's."""

    reply: Reply
    times: TurnTimes | None = None
    ends: EndedBy = EndedBy.AGENT
    interruptible: bool = True
    own: bool = False


class Delivery:
    """One answer at a time. The agent is told when it was not heard to its end."""

    def __init__(self, agent: CallAgent, speaker: Speaker, line: Line) -> None:
        self._agent = agent
        self._speaker = speaker
        self._line = line
        self._interrupted = False
        self.saying: Turn | None = None
        self.latency: list[TurnLatency] = []

    async def say(self, turn: Turn) -> bool:
        """Returns when the answer was heard, interrupted or cut off; True when it was heard.

        Raises `VoiceFailed` when it cannot be spoken.
        """
        self.saying, self._interrupted = turn, False
        self._line.begin_answer()
        try:
            played = await self._play(turn.reply) and await self._line.drained()
            if not self._interrupted and not played:
                await self._cut(turn)
        finally:
            self.saying = None
        self._note_latency(turn)
        return played and not self._interrupted

    async def interrupt(self) -> None:
        """Silence the answer that is being said."""
        if self.saying is not None:
            self._interrupted = True
            await self._cut(self.saying)

    async def _cut(self, turn: Turn) -> None:
        heard = await self._line.clear()
        if not turn.own:
            self._agent.cut(heard)

    async def _play(self, reply: Reply) -> bool:
        for clause in (c for sentence in reply.sentences for c in clauses(sentence)):
            if self._interrupted or self._line.closed:
                return False
            self._line.begin_clause(clause)
            async with aclosing(self._speaker.render(clause)) as pieces:
                async for piece in pieces:
                    if self._interrupted:
                        return False
                    await self._line.add(piece)
            await self._line.end_clause()
        return True

    def _note_latency(self, turn: Turn) -> None:
        if turn.times is None or self._line.first_sent_ms is None:
            return
        turn.times.stamp("first_audio", self._line.first_sent_ms)
        latency = turn.times.finish(self._line.first_heard_ms)
        if latency is not None:
            self.latency.append(latency)
