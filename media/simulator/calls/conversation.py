"""What goes on in an answered call: its line, its documents, and who listens in; until it ends."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from media.simulator.calls.detecting import Detecting
from media.simulator.calls.line_recorder import LineRecorder
from media.simulator.conference.hall import Hall
from media.simulator.faults import Told
from media.simulator.impairments import Impairments
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.people.callee import Callee
from media.simulator.people.reactions import Understand
from media.simulator.people.room import Room
from media.simulator.people.script import Person
from media.simulator.program.dial import dial
from media.simulator.program.interpreter import Interpreter
from media.simulator.program.ports import Ports, Source
from media.simulator.program.switch import Joined, Leg, Switch
from media.simulator.recording.desk import Desk
from media.simulator.recording.tracks import Tracks
from media.simulator.records.call import Call, Ending, Status
from media.simulator.stream.leg import StreamLeg
from media.simulator.stream.one_way import OneWayStreams
from media.simulator.twiml.verbs import ConnectStream, Dial, DialNumber
from media.simulator.webhooks.callbacks import call_params
from media.simulator.webhooks.sender import Answer

_HUNG_UP = Ending(Status.COMPLETED)


class Switchboard(Protocol):
    """What a call needs of the exchange that it is a part of."""

    desk: Desk
    hall: Hall

    def place_leg(self, parent: Call, to: DialNumber, verb: Dial, joined: Joined) -> Leg:
        """Call a number for a `<Dial>`. Raises `LegRefused`."""


class Conversation:
    """From the pickup on. `end` ends the call, `ending` tells whether it was ended.

    `joined` is called behind the first document: the call is a leg of another one's `<Dial>`.
    """

    def __init__(
        self,
        call: Call,
        person: Person,
        understand: Understand,
        network: Network,
        exchange: Switchboard,
        end: Callable[[Ending], None],
        ending: Callable[[], Ending | None],
        joined: Joined | None = None,
    ) -> None:
        self._call = call
        self._person = person
        self._network = network
        self._exchange = exchange
        self._end = end
        self._ending = ending
        self._joined = joined
        request = call.request
        self._source = Source(
            request.twiml,
            request.url or "",
            request.method,
            request.fallback_url,
            request.fallback_method,
        )
        self._redirected = False
        self._program: asyncio.Task[None] | None = None
        self._leg: StreamLeg | None = None
        self._found: dict[str, str] = {}
        self._begun_s = asyncio.get_running_loop().time()
        self._limit: asyncio.TimerHandle | None = None
        callee = Callee(person, understand)
        self.line = Line(callee, lambda: end(_HUNG_UP), Room.of(person))
        self.streams = OneWayStreams(call, self.line, network)
        self.recorder = LineRecorder(call, self.line, exchange.desk)

    async def hold(self) -> Ending:
        """Run the call's program; how the call ends that is not ended from outside."""
        tape = Tracks()
        if self._network.record_dir is not None:
            self.line.forks.append(tape)
        detecting = Detecting(self._call, self.line, self._network)
        self.limit(self._call.request.time_limit_s)
        self._network.metronome.join(self.line.beat)
        try:
            self._found = await detecting.first()
            digits = self._call.request.send_digits
            await self._run_documents(Interpreter(self.line, self._ports(), digits))
        finally:
            detecting.close()
            await self.streams.close()
            if self._limit is not None:
                self._limit.cancel()
            self._network.metronome.leave(self.line.beat)
            self.recorder.close()
            self._keep(tape)
        return _HUNG_UP

    def redirect(self, source: Source) -> None:
        """Abandon the running document for another one."""
        self._source, self._redirected = source, True
        if self._program is not None:
            self._program.cancel()

    def limit(self, seconds: int) -> None:
        """End the call so long after the pickup."""
        self._call.request = replace(self._call.request, time_limit_s=seconds)
        if self._limit is not None:
            self._limit.cancel()
        loop = asyncio.get_running_loop()
        self._limit = loop.call_at(self._begun_s + seconds, self._end, _HUNG_UP)

    def drop_stream(self) -> bool:
        """Break the stream's socket; False when there is none."""
        if self._leg is not None:
            self._leg.drop()
        return self._leg is not None

    def impair(self, impairments: Impairments) -> bool:
        """Have the network treat the stream so from now on; False when there is none."""
        if self._leg is not None:
            self._leg.impair(impairments)
        return self._leg is not None

    def _keep(self, tape: Tracks) -> None:
        """Write the call's sound where the one who runs the twin wants it."""
        if self._network.record_dir is not None:
            self._network.record_dir.mkdir(parents=True, exist_ok=True)
            (self._network.record_dir / f"{self._call.sid}.wav").write_bytes(tape.wav(2))

    def _ports(self) -> Ports:
        return Ports(
            fetch=self._fetch,
            sound=self._sound,
            alert=self._alert,
            stream=self._connect,
            fork=self.streams.start,
            join=self.streams.stop,
            voice=self._network.account.voice,
            recording=self.recorder.start,
            recording_url=self._exchange.desk.url,
            dial=self._dial,
            last_word=self._last_word,
        )

    async def _run_documents(self, interpreter: Interpreter) -> None:
        while True:
            self._redirected = False
            self._program = asyncio.create_task(self._run_program(interpreter))
            try:
                await asyncio.wait({self._program})
            finally:
                self._program.cancel()
                await asyncio.gather(self._program, return_exceptions=True)
            if not self._redirected:
                self._program.result()
                return

    async def _run_program(self, interpreter: Interpreter) -> None:
        """The document, where there is one; a leg of a `<Dial>` is joined behind it, once."""
        joined, self._joined = self._joined, None
        if self._source.text is not None or self._source.url:
            await interpreter.run(self._source)
        else:
            await interpreter.press()
        if joined is not None and not interpreter.hung_up:
            await joined(self.line)

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self._call.sid)

    async def _fetch(self, url: str, method: str, more: Mapping[str, str]) -> Answer:
        # With the first document the customer is told what was found while he waited.
        found, self._found = self._found, {}
        params = call_params(self._call, self._network.account.sid) | found | dict(more)
        return await self._network.webhooks.send(url, method, params, self._call.sid)

    def _last_word(self, action: str, method: str, fields: Mapping[str, str]) -> None:
        """Tell an action that the end of the call cut off; nothing when it was a redirect."""
        ending = self._ending()
        if ending is not None:
            status = ending.status.value
            params = call_params(self._call, self._network.account.sid, status) | dict(fields)
            self._network.callbacks.tell(self._call, action, method, params, Told.ACTION)

    async def _sound(self, url: str) -> Answer:
        return await self._network.webhooks.send(url, "GET", {}, self._call.sid)

    async def _connect(self, verb: ConnectStream) -> dict[str, str]:
        self._leg = StreamLeg(verb, self._call, self.line, self._network, self._person.impairments)
        fields = {"StreamSid": self._leg.sid, "StreamName": verb.name or self._leg.sid}
        try:
            await self._leg.run()
        finally:
            self._leg = None
        return fields

    async def _dial(self, verb: Dial) -> Mapping[str, str] | None:
        switch = Switch(
            call=self._call,
            line=self.line,
            hall=self._exchange.hall,
            place=lambda to, dialed, joined: self._exchange.place_leg(
                self._call, to, dialed, joined
            ),
            ports=self._ports(),
        )
        return await dial(verb, switch)
