"""One-way media streams of a call (`<Start><Stream>` and the Streams resource)."""

import asyncio
from datetime import datetime

import aiohttp

from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.records.call import Call
from media.simulator.sids import new_sid
from media.simulator.stream.handshake import StreamRefused, StreamTarget, connect
from media.simulator.stream.protocol import Messages
from media.simulator.stream.status import StreamStatus
from media.simulator.twiml.verbs import StartStream

TRACKS = {
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}
MAX_TRACKS = 4
"""Tracks that the one-way streams of one call may send together."""
_OUTBOX = 500
_CLOSE_S = 2.0


class OneWayStream:
    """A fork of the line that sends what it hears to a socket, from connect to `close`."""

    def __init__(self, verb: StartStream, call: Call, line: Line, network: Network) -> None:
        self.sid = new_sid("MZ", network.rng)
        self.name = verb.name or self.sid
        self.tracks = TRACKS[verb.track]
        self.updated_at: datetime = network.clock.now()
        self._line = line
        self._network = network
        self._call = call
        signature = network.webhooks.signature(verb.url, {})
        self._target = StreamTarget(
            verb.url, signature, verb.parameters, network.account.plain_loopback
        )
        offset_ms = network.rng.randint(60, 170)
        self._messages = Messages(network.account.sid, call.sid, self.sid, offset_ms, self.tracks)
        self._status = StreamStatus(
            network, call, self.sid, self.name, verb.status_callback, verb.status_callback_method
        )
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._congested = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def running(self) -> bool:
        """Whether it is connected or about to be."""
        return not self._task.done()

    def stop(self) -> None:
        """End it; the socket is closed in the background."""
        self._task.cancel()

    async def close(self) -> None:
        """End it and wait until the socket is closed."""
        self.stop()
        await asyncio.gather(self._task, return_exceptions=True)

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """20 ms of every track; `inbound` is what the callee says."""
        if self._outbox.qsize() >= _OUTBOX:
            if not self._congested:
                self._congested = True
                self._alert(31930, "the customer reads too slowly; sound is dropped")
            return
        for track in self.tracks:
            frame = callee if track == "inbound" else carrier
            self._outbox.put_nowait(self._messages.media(frame, track=track))

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self._call.sid)

    async def _run(self) -> None:
        try:
            async with aiohttp.ClientSession() as session:
                await self._relay(await connect(session, self._target))
        except StreamRefused as error:
            self._alert(error.code, str(error))
            self._status.tell("stream-error", str(error))
        finally:
            self.updated_at = self._network.clock.now()

    async def _relay(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._call.streamed = True
        self._status.tell("stream-started")
        self._outbox.put_nowait(self._messages.connected())
        self._outbox.put_nowait(self._messages.start(self._target.parameters))
        self._line.forks.append(self)
        sender = asyncio.create_task(self._send(socket))
        try:
            await self._until_closed(socket)
        finally:
            self._line.forks.remove(self)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await self._finish(socket)
            self._status.tell("stream-stopped")

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            message = await self._outbox.get()
            try:
                await socket.send_str(message)
            except (aiohttp.ClientError, ConnectionError):
                return

    async def _until_closed(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Nothing that the customer sends on a one-way stream has a meaning."""
        while True:
            message = await socket.receive()
            if message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                continue
            code = socket.close_code
            if message.type is aiohttp.WSMsgType.CLOSE or code not in {None, 1006}:
                self._alert(31921, f"the customer closed the stream ({code})")
            else:
                self._alert(31903, "the stream broke without a close")
            return

    async def _finish(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Send what waits and `stop` where somebody still listens, then close."""
        if socket.closed:
            return
        self._outbox.put_nowait(self._messages.stop())
        try:
            async with asyncio.timeout(_CLOSE_S):
                while not self._outbox.empty():
                    await socket.send_str(self._outbox.get_nowait())
                await socket.close()
        except (TimeoutError, aiohttp.ClientError, ConnectionError):
            return


class OneWayStreams:
    """The one-way streams of one call, those that have ended too."""

    def __init__(self, call: Call, line: Line, network: Network) -> None:
        self._call = call
        self._line = line
        self._network = network
        self._streams: list[OneWayStream] = []

    def start(self, verb: StartStream) -> OneWayStream | None:
        """Connect in the background; None, with an alert, where the call may have no more."""
        running = [stream for stream in self._streams if stream.running]
        tracks = sum(len(stream.tracks) for stream in running) + len(TRACKS[verb.track])
        if tracks > MAX_TRACKS:
            self._alert(31941, f"a call has at most {MAX_TRACKS} tracks of one-way streams")
            return None
        if verb.name and any(stream.name == verb.name for stream in running):
            self._alert(12200, f"there is a stream of the name {verb.name!r}")
            return None
        stream = OneWayStream(verb, self._call, self._line, self._network)
        self._streams.append(stream)
        return stream

    def find(self, name: str) -> OneWayStream | None:
        """By name or identifier; the last of that name."""
        found = [stream for stream in self._streams if name in (stream.sid, stream.name)]
        return found[-1] if found else None

    def stop(self, name: str) -> None:
        """End the stream of that name; one that is not there is told."""
        stream = self.find(name)
        if stream is None or not stream.running:
            self._alert(12200, f"there is no stream of the name {name!r}")
        else:
            stream.stop()

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(stream.close() for stream in self._streams))

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self._call.sid)
