"""The life of one call: queue, dialing, ringing, conversation, end; one task, time from asyncio."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from media.simulator.calls.conversation import Conversation, Switchboard
from media.simulator.calls.understanding import in_background, warmed
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.people.reactions import Answer as Understanding
from media.simulator.people.script import Person, Pickup
from media.simulator.program.ports import Source
from media.simulator.program.switch import Joined
from media.simulator.records.call import Call, Ending, Status
from media.simulator.records.request import Event


class LiveCall:
    """Drives one `Call`. `end` and `redirect` may come from REST at any moment.

    `conversation` is there from the pickup on. For `joined` see `Conversation`.
    """

    def __init__(
        self,
        call: Call,
        person: Person,
        network: Network,
        exchange: Switchboard,
        joined: Joined | None = None,
    ) -> None:
        self.call = call
        self.person = person
        self.conversation: Conversation | None = None
        self._network = network
        self._exchange = exchange
        self._joined = joined
        self._over = asyncio.Event()
        self._ending: Ending | None = None
        self._course: asyncio.Task[Ending] | None = None
        self._understand = in_background(network.understand)
        self._warmed: Understanding | None = None

    @property
    def line(self) -> Line | None:
        """The two-way sound of an answered call."""
        return None if self.conversation is None else self.conversation.line

    async def run(self, turn: Callable[[], Awaitable[None]]) -> None:
        """From the queue (left when `turn()` is done) to the last callback."""
        if self._ending is not None:
            self._finish(self._ending)
            return
        self._course = asyncio.get_running_loop().create_task(self._live(turn))
        try:
            await asyncio.wait({self._course})
        finally:
            self._course.cancel()
            await asyncio.gather(self._course, return_exceptions=True)
        ending = self._ending
        if ending is None:
            ending = self._course.result()
        self._finish(ending)

    def end(self, ending: Ending) -> None:
        """End the call now; the first ending wins."""
        if self._ending is None and not self.call.status.ended:
            self._ending = ending
            if self._course is not None:
                self._course.cancel()

    @property
    def ending(self) -> bool:
        """See `Leg`."""
        return self._ending is not None or self.call.status.ended

    async def over(self) -> None:
        """See `Leg`."""
        await self._over.wait()

    def redirect(self, source: Source) -> None:
        """Abandon the running document for another one; only an answered call has one."""
        if self.conversation is not None:
            self.conversation.redirect(source)

    def limit(self, seconds: int) -> None:
        """End the conversation so long after the answer."""
        self.call.request = replace(self.call.request, time_limit_s=seconds)
        if self.conversation is not None:
            self.conversation.limit(seconds)

    def callee_hangs_up(self) -> bool:
        """The callee puts the receiver down now; False when nobody talks."""
        talking = self.call.status is Status.IN_PROGRESS
        if talking:
            self.end(Ending(Status.COMPLETED))
        return talking

    def drop_stream(self) -> bool:
        """Break the stream's socket; False when there is none."""
        return self.conversation is not None and self.conversation.drop_stream()

    def _now(self) -> datetime:
        return self._network.clock.now()

    def _progress(self, event: Event) -> None:
        self._network.callbacks.progress(self.call, event)

    def _scaled(self, seconds: float) -> float:
        return seconds * self._network.account.ring_scale

    async def _live(self, turn: Callable[[], Awaitable[None]]) -> Ending:
        queued_at = self._now()
        try:
            async with asyncio.timeout(self._network.account.queue_hours * 3600):
                await turn()
        except TimeoutError:
            return Ending(Status.CANCELED, 487)
        waited = self._now() - queued_at
        self.call.dial(self._now(), round(waited.total_seconds() * 1000))
        self._progress(Event.INITIATED)
        failed = await self._dial()
        if failed is not None:
            return failed
        self.call.answer(self._now())
        self._progress(Event.ANSWERED)
        return await self._converse()

    async def _dial(self) -> Ending | None:
        account, person = self._network.account, self.person
        await asyncio.sleep(self._scaled(self._network.rng.uniform(*account.post_dial_s)))
        if person.pickup is Pickup.FAILED:
            return Ending(Status.FAILED, person.sip_code)
        self.call.ring(self._now())
        self._progress(Event.RINGING)
        self._warmed = warmed(self._understand, person)
        timeout_s = self.call.request.timeout_s
        if person.pickup is Pickup.NO_ANSWER or person.ring_s > timeout_s:
            await asyncio.sleep(self._scaled(timeout_s))
            return Ending(Status.NO_ANSWER, 487)
        await asyncio.sleep(self._scaled(person.ring_s))
        if person.pickup is Pickup.BUSY:
            return Ending(Status.BUSY, 486)
        return Ending(Status.NO_ANSWER, 603) if person.pickup is Pickup.REJECT else None

    async def _converse(self) -> Ending:
        self.conversation = Conversation(
            self.call,
            self.person,
            self._understand,
            self._network,
            self._exchange,
            self.end,
            lambda: self._ending,
            self._joined,
        )
        return await self.conversation.hold()

    def _finish(self, ending: Ending) -> None:
        """Tell the end; a call that was canceled in the queue ends without a callback."""
        self.call.end(ending, self._now())
        if self.call.dialed or ending.status is not Status.CANCELED:
            self._progress(Event.COMPLETED)
        self._network.webhooks.forget(self.call.sid)
        self._over.set()
