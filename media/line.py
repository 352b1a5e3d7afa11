"""The live stream both ways: the carrier's events in; the agent's sound out, and proof of it."""

import asyncio
import logging
from collections.abc import Callable

from media.audio import g711
from media.far_end import FarEnd, Played
from media.latency import StreamClock
from media.playout import Playout, Sound, Spoken
from media.ports import StreamTransport
from media.stream import Event, Marked, Media, Started, Stopped, StreamProtocol

log = logging.getLogger(__name__)

_MARK_PATIENCE_S = 1.5


class Line:
    """One per call. Tells `on_spoken` of every clause, once it is known to have been heard, and
    `on_played` of all sound, with the time at which the callee's telephone plays it.

    `closed` once the stream is over; `stopped` when the carrier said so, which it does not when
    the connection broke.
    """

    def __init__(
        self,
        transport: StreamTransport,
        playout: Playout,
        on_spoken: Callable[[Spoken], None],
        on_played: Played,
    ) -> None:
        self._transport = transport
        self._playout = playout
        self._far_end = FarEnd(on_played)
        self._on_spoken = on_spoken
        self._protocol = StreamProtocol()
        self._clock = StreamClock()
        self._local_s = asyncio.get_running_loop().time
        self._sending = asyncio.Lock()
        self._progress = asyncio.Event()
        self.started = False
        self.stopped = False
        self.closed = False
        self.last_message_s = self._local_s()
        self.answers = 0
        self.first_sent_ms: int | None = None
        """When the first sound of the current answer was sent."""

    @property
    def now_ms(self) -> int:
        """The stream's time."""
        return self._clock.now_ms(self._local_s() * 1000)

    @property
    def far_ms(self) -> int:
        """How much of the stream has been received."""
        return self._clock.far_ms

    @property
    def first_heard_ms(self) -> int | None:
        """When the current answer began to be heard."""
        return self._playout.first_heard_ms

    @property
    def speaking(self) -> bool:
        """Whether the callee hears the agent."""
        return self._playout.speaking(self.now_ms)

    async def receive(self) -> Event | None:
        """The next event; None when the stream is over. Raises `UnsupportedMedia`."""
        while not self.closed:
            message = await self._transport.receive()
            self.last_message_s = self._local_s()
            if message is None:
                break
            event = self._protocol.receive(message)
            if event is not None:
                await self._note(event)
                return event
        self.end()
        return None

    async def _note(self, event: Event) -> None:
        if isinstance(event, Media):
            length_ms = len(event.ulaw) * g711.FRAME_MS // g711.FRAME_BYTES
            self._clock.frame(event.timestamp_ms + length_ms, self._local_s() * 1000)
            await self.pump()
        elif isinstance(event, Marked):
            self._marked(event.name)
            await self.pump()
        elif isinstance(event, Started):
            self.started = True
        elif isinstance(event, Stopped):
            self.stopped = True
            self.end()

    def _marked(self, name: str) -> None:
        unheard = self._playout.first_heard_ms is None
        self._playout.played(name, self.far_ms)
        begun = unheard and self._playout.first_heard_ms is not None
        self._far_end.anchored(*self._playout.anchor, exact=begun)
        self._tell_spoken()

    def end(self) -> None:
        """The stream is over, whoever says so."""
        self.closed = True
        self._progress.set()

    def _tell_spoken(self) -> None:
        self._progress.set()
        for spoken in self._playout.take_spoken():
            self._on_spoken(spoken)

    def begin_answer(self) -> None:
        """What is queued from here on is a new answer."""
        self._playout.begin()
        self.answers += 1
        self.first_sent_ms = None

    def begin_clause(self, text: str) -> None:
        """Queue a clause whose sound follows with `add`, until `end_clause`."""
        self._playout.queue(text, complete=False)

    async def add(self, ulaw: bytes) -> None:
        """More sound, mu-law at 8 kHz, for the clause."""
        self._playout.append(ulaw)
        await self.pump()

    async def end_clause(self) -> None:
        """The clause is complete."""
        self._playout.complete()
        await self.pump()

    async def pump(self) -> None:
        """Send what is due; call at least every 100 ms."""
        if self.closed or not self._protocol.stream_sid:
            return
        now = self.now_ms
        items = self._playout.due(now)
        if not items:
            return
        if self.first_sent_ms is None:
            self.first_sent_ms = now
        for item in items:
            if isinstance(item, Sound):
                plays_ms = self._playout.plays_ms(item.position)
                self._far_end.sent(item.position, item.ulaw, plays_ms, now, self.far_ms)
        async with self._sending:
            for item in items:
                await self._transport.send(
                    self._protocol.media(item.ulaw)
                    if isinstance(item, Sound)
                    else self._protocol.mark(item.name)
                )

    async def clear(self) -> str:
        """Silence the agent at once; what was heard of the current answer."""
        held_by_carrier = self._playout.outstanding
        now_ms = self.far_ms if self.closed else self.now_ms
        heard = self._playout.clear(now_ms)
        self._far_end.cleared(now_ms)
        self._tell_spoken()
        if held_by_carrier and not self.closed:
            async with self._sending:
                await self._transport.send(self._protocol.clear())
        return heard

    async def drained(self) -> bool:
        """Wait until all that was queued was heard; False when it was cleared or cut off.

        Marks that never come back are given up a while after the sound must have ended.
        """
        while not self._playout.drained and not self.closed:
            self._progress.clear()
            left_s = self._playout.left_ms(self.now_ms) / 1000
            try:
                await asyncio.wait_for(self._progress.wait(), left_s + _MARK_PATIENCE_S)
            except TimeoutError:
                if self._playout.left_ms(self.now_ms) <= 0:
                    log.warning("the carrier returned no mark; taken as played")
                    self._playout.clear(self.now_ms)
                    self._far_end.cleared(self.now_ms)
                    self._tell_spoken()
        return self._playout.drained

    async def close(self) -> None:
        """Let go of the stream."""
        self.end()
        await self._transport.close()
