"""The life of one call: queue, dialing, ringing, conversation, end; one task, time from asyncio."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from media.simulator.calls.detecting import Detecting
from media.simulator.calls.line_recorder import LineRecorder
from media.simulator.calls.understanding import in_background, warmed
from media.simulator.conference.hall import Hall
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.people.callee import Callee
from media.simulator.people.reactions import Answer as Understanding
from media.simulator.people.room import Room
from media.simulator.people.script import Person, Pickup
from media.simulator.program.dial import Joined, Leg, Switch, dial
from media.simulator.program.interpreter import Interpreter
from media.simulator.program.ports import Ports, Source
from media.simulator.recording.desk import Desk
from media.simulator.recording.tracks import Tracks
from media.simulator.records.call import Call, Ending, Status
from media.simulator.records.request import Event
from media.simulator.stream.leg import StreamLeg
from media.simulator.stream.one_way import OneWayStreams
from media.simulator.twiml.verbs import ConnectStream, Dial, DialNumber
from media.simulator.webhooks.callbacks import call_params
from media.simulator.webhooks.sender import Answer


class Switchboard(Protocol):
    """What a call needs of the exchange that it is a part of."""

    desk: Desk
    hall: Hall

    def place_leg(self, parent: Call, to: DialNumber, verb: Dial, joined: Joined) -> Leg:
        """Call a number for a `<Dial>`. Raises `LegRefused`."""


class LiveCall:
    """Drives one `Call`. `end` and `redirect` may come from REST at any moment."""

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
        self.line: Line | None = None
        self._network = network
        self._exchange = exchange
        self._joined = joined
        self._over = asyncio.Event()
        self.recorder: LineRecorder | None = None
        self._ending: Ending | None = None
        self._course: asyncio.Task[Ending] | None = None
        self._program: asyncio.Task[None] | None = None
        self._source = Source(
            call.request.twiml,
            call.request.url or "",
            call.request.method,
            call.request.fallback_url,
            call.request.fallback_method,
        )
        self._redirected = False
        self._leg: StreamLeg | None = None
        self._found: dict[str, str] = {}
        self.streams: OneWayStreams | None = None
        self._talking_since_s: float | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._understand = in_background(network.understand)
        self._warmed: Understanding | None = None

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

    def redirect(self, source: Source) -> None:
        """Abandon the running document for another one."""
        self._source, self._redirected = source, True
        if self._program is not None:
            self._program.cancel()

    def limit(self, seconds: int) -> None:
        """End the conversation so long after the answer."""
        self.call.request = replace(self.call.request, time_limit_s=seconds)
        if self._limit is not None:
            self._limit.cancel()
        if self._talking_since_s is not None:
            end_s = self._talking_since_s + seconds
            loop = asyncio.get_running_loop()
            self._limit = loop.call_at(end_s, self.end, Ending(Status.COMPLETED))

    def callee_hangs_up(self) -> bool:
        """The callee puts the receiver down now; False when nobody talks."""
        talking = self.call.status is Status.IN_PROGRESS
        if talking:
            self.end(Ending(Status.COMPLETED))
        return talking

    def drop_stream(self) -> bool:
        """Break the stream's socket; False when there is none."""
        if self._leg is not None:
            self._leg.drop()
        return self._leg is not None

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
        hung_up = Ending(Status.COMPLETED)
        callee = Callee(self.person, self._understand)
        self.line = Line(callee, lambda: self.end(hung_up), Room.of(self.person))
        self.streams = OneWayStreams(self.call, self.line, self._network)
        tape = Tracks()
        if self._network.record_dir is not None:
            self.line.forks.append(tape)
        self.recorder = LineRecorder(self.call, self.line, self._exchange.desk)
        detecting = Detecting(self.call, self.line, self._network)
        self._talking_since_s = asyncio.get_running_loop().time()
        self.limit(self.call.request.time_limit_s)
        self._network.metronome.join(self.line.beat)
        try:
            ports = self._ports(self.streams, self.recorder)
            digits = self.call.request.send_digits
            self._found = await detecting.first()
            await self._run_documents(Interpreter(self.line, ports, digits), self.line)
        finally:
            detecting.close()
            await self.streams.close()
            self._talking_since_s = None
            if self._limit is not None:
                self._limit.cancel()
            self._network.metronome.leave(self.line.beat)
            self.recorder.close()
            self._keep(tape)
        return hung_up

    def _keep(self, tape: Tracks) -> None:
        """Write the call's sound where the one who runs the twin wants it."""
        if self._network.record_dir is not None:
            self._network.record_dir.mkdir(parents=True, exist_ok=True)
            (self._network.record_dir / f"{self.call.sid}.wav").write_bytes(tape.wav(2))

    def _ports(self, streams: OneWayStreams, recorder: LineRecorder) -> Ports:
        return Ports(
            fetch=self._fetch,
            sound=self._sound,
            alert=self._alert,
            stream=self._connect,
            fork=streams.start,
            join=streams.stop,
            voice=self._network.account.voice,
            recording=recorder.start,
            recording_url=self._exchange.desk.url,
            dial=self._dial_others,
            last_word=self._last_word,
        )

    async def _dial_others(self, verb: Dial) -> Mapping[str, str]:
        assert self.line is not None and self.recorder is not None
        switch = Switch(
            call=self.call,
            line=self.line,
            hall=self._exchange.hall,
            place=lambda to, dialed, joined: self._exchange.place_leg(
                self.call, to, dialed, joined
            ),
            alert=self._alert,
            recording=self.recorder.start,
            recording_url=self._exchange.desk.url,
        )
        return await dial(verb, switch)

    async def over(self) -> None:
        """See `Leg`."""
        await self._over.wait()

    async def _run_documents(self, interpreter: Interpreter, line: Line) -> None:
        while True:
            self._redirected = False
            self._program = asyncio.create_task(self._run_program(interpreter, line))
            try:
                await asyncio.wait({self._program})
            finally:
                self._program.cancel()
                await asyncio.gather(self._program, return_exceptions=True)
            if not self._redirected:
                self._program.result()
                return

    async def _run_program(self, interpreter: Interpreter, line: Line) -> None:
        """The document, where there is one; a leg of a `<Dial>` is joined behind it, once."""
        joined, self._joined = self._joined, None
        if self._source.text is not None or self._source.url:
            await interpreter.run(self._source)
        if joined is not None:
            await joined(line)

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self.call.sid)

    async def _fetch(self, url: str, method: str, more: Mapping[str, str]) -> Answer:
        # With the first document the customer is told what was found while he waited.
        found, self._found = self._found, {}
        params = call_params(self.call, self._network.account.sid) | found | dict(more)
        return await self._network.webhooks.send(url, method, params, self.call.sid)

    def _last_word(self, action: str, method: str, fields: Mapping[str, str]) -> None:
        if self._ending is None:
            return
        status = self._ending.status.value
        params = call_params(self.call, self._network.account.sid, status) | dict(fields)
        self._network.callbacks.tell(self.call, action, method, params)

    async def _sound(self, url: str) -> Answer:
        return await self._network.webhooks.send(url, "GET", {}, self.call.sid)

    async def _connect(self, verb: ConnectStream) -> dict[str, str]:
        assert self.line is not None
        self._leg = StreamLeg(verb, self.call, self.line, self._network, self.person.impairments)
        fields = {"StreamSid": self._leg.sid, "StreamName": verb.name or self._leg.sid}
        try:
            await self._leg.run()
        finally:
            self._leg = None
        return fields

    def _finish(self, ending: Ending) -> None:
        """Tell the end; a call that was canceled in the queue ends without a callback."""
        self.call.end(ending, self._now())
        if self.call.dialed or ending.status is not Status.CANCELED:
            self._progress(Event.COMPLETED)
        self._network.webhooks.forget(self.call.sid)
        self._over.set()
