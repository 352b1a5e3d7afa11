"""One call while it lasts: what comes off the line is heard, recorded, answered and told."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from dialer.call import AudioHealth, TurnLatency
from media.agent.port import CallAgent
from media.audio import g711
from media.board import Board
from media.conversation import Broken, Closed, Conversation
from media.delivery import Delivery
from media.line import Line
from media.listen import Frame, Heard, Listener
from media.outcome import Ending
from media.playout import Playout, Spoken
from media.ports import StreamTransport
from media.recording import Recorder
from media.speak import Speaker
from media.stream import Media, Started, UnsupportedMedia
from media.transcript import Transcript
from media.turns import TurnTaking

log = logging.getLogger(__name__)

HangUp = Callable[[], Coroutine[None, None, None]]

_TICK_S = 0.1
_HANG_UP_S = 5.0
_STOP_S = 3.0
_LAST_WORDS_S = 3.0
"""For the recogniser to say what the call's last words were: an opt-out counts even then."""
_DEAD_LINE_S = 10.0
"""The carrier sends 50 frames a second, silence too; none for so long means a dead connection."""


class LiveCall:
    """`run` once; the results stay readable afterwards, however it ended."""

    def __init__(
        self,
        transport: StreamTransport,
        *,
        agent: CallAgent,
        speaker: Speaker,
        listener: Listener,
        turns: TurnTaking,
        board: Board,
        recorder: Callable[[], Recorder] | None,
        lead_ms: int,
        resumed: bool,
    ) -> None:
        self._line = Line(transport, Playout(lead_ms), self._spoken, listener.audio.played)
        self._listener = listener
        self._turns = turns
        self._board = board
        self._make_recorder = recorder
        self._delivery = Delivery(agent, speaker, self._line)
        self.conversation = Conversation(
            agent,
            self._delivery,
            self._line,
            board,
            resumed=resumed,
            callee_speaking=lambda: listener.speaking or listener.understanding,
        )
        self.recorder: Recorder | None = None
        self.transcript = Transcript()
        self._deaf = False
        self._answer = 0

    @property
    def talk_ms(self) -> int:
        """How long the stream lasted."""
        return self._line.far_ms

    @property
    def audio_health(self) -> AudioHealth:
        """How the line was."""
        return self._listener.audio.health()

    @property
    def latency(self) -> tuple[TurnLatency, ...]:
        """Where the time of each answer went."""
        return tuple(self._delivery.latency)

    async def run(self, hang_up: HangUp) -> Ending:
        """Talk until the conversation ends, then `hang_up` and see the stream out."""
        attending = asyncio.create_task(self._attend())
        beating = asyncio.create_task(self._beat(attending))
        try:
            ending = await self.conversation.hold()
            if not self._line.closed:
                await self._part(hang_up, attending)
            return ending
        finally:
            for task in (attending, beating):
                task.cancel()
            await asyncio.gather(attending, beating, return_exceptions=True)
            await self._line.close()
            await self._line.clear()

    async def _part(self, hang_up: HangUp, attending: asyncio.Task[None]) -> None:
        try:
            await asyncio.wait_for(hang_up(), _HANG_UP_S)
        except Exception:
            log.warning("the carrier could not be told to hang up", exc_info=True)
        await asyncio.wait({attending}, timeout=_STOP_S)

    async def _attend(self) -> None:
        """Everything that the carrier sends, until the stream is over."""
        try:
            while (event := await self._line.receive()) is not None:
                if isinstance(event, Media):
                    await self._media(event)
                elif isinstance(event, Started):
                    self._board.publish("state", 0, "started")
            await self._last_utterance()
        except UnsupportedMedia as error:
            await self._line.close()
            await self.conversation.take(Broken(error))
        except Exception:
            log.exception("the stream failed")
        finally:
            self._line.end()
            await self.conversation.take(Closed())

    async def _media(self, media: Media) -> None:
        if not self._deaf:
            try:
                frames = self._listener.receive(media.timestamp_ms, media.ulaw, media.chunk)
            except Exception as error:
                self._deaf = True
                await self.conversation.take(Broken(error))
            else:
                for frame in frames:
                    await self._frame(frame)
                return
        self._record(Recorder.callee, media.timestamp_ms, g711.decode(media.ulaw))

    async def _frame(self, frame: Frame) -> None:
        self._record(Recorder.callee, frame.started_ms, frame.pcm)
        if frame.heard is not None:
            self._note_heard(frame.heard)
        conversation = self.conversation
        notices = self._turns.frame(
            frame,
            agent=self._line.speaking,
            thinking=conversation.thinking or self._delivery.saying is not None,
            callee=self._listener.speaking or self._listener.understanding,
        )
        self._listener.pick_up = self._turns.pickup_open
        for notice in notices:
            await conversation.take(notice)

    async def _last_utterance(self) -> None:
        if self._deaf:
            return
        try:
            for utterance in self._listener.flush():
                recognition = asyncio.wrap_future(utterance.recognition)
                await asyncio.wait_for(recognition, _LAST_WORDS_S)
                self._note_heard(heard := utterance.heard())
                await self.conversation.take(heard)
        except Exception:
            log.warning("the last utterance was lost", exc_info=True)

    def _note_heard(self, heard: Heard) -> None:
        self.transcript.callee(heard.text, heard.started_ms, heard.ended_ms, heard.confidence)
        self._board.publish("heard", heard.ended_ms, heard.text, confidence=heard.confidence)

    def _spoken(self, spoken: Spoken) -> None:
        if self._line.answers != self._answer:
            self._answer = self._line.answers
            self.transcript.new_answer()
        self._record(Recorder.agent, spoken.started_ms, g711.decode(spoken.ulaw))
        if spoken.text:
            self.transcript.agent(spoken)
            self._board.publish("said", spoken.started_ms, spoken.text)

    def _record(
        self, channel: Callable[[Recorder, int, bytes], None], started_ms: int, pcm: bytes
    ) -> None:
        """A disk that fails ends the recording, not the call."""
        try:
            if self._make_recorder is not None and self.recorder is None:
                self.recorder = self._make_recorder()
            if self.recorder is not None:
                channel(self.recorder, started_ms, pcm)
        except OSError:
            log.exception("the recording failed")
            self._make_recorder = self.recorder = None

    async def _beat(self, attending: asyncio.Task[None]) -> None:
        """Keeps the sound flowing when the carrier's frames stall, and finds a dead line."""
        now_s = asyncio.get_running_loop().time
        while now_s() - self._line.last_message_s < _DEAD_LINE_S:
            await asyncio.sleep(_TICK_S)
            await self._line.pump()
        log.warning("nothing came over the line for %s s", _DEAD_LINE_S)
        attending.cancel()
