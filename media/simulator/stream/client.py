"""The carrier's media stream socket: connects, and relays a line until either side ends."""

import asyncio
import socket
from collections.abc import Callable
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import aiohttp

from media.audio import g711
from media.simulator.impairments import UNIMPAIRED, Impairments
from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.playout.metronome import Metronome
from media.simulator.stream.arrivals import Arrivals
from media.simulator.stream.handshake import StreamTarget, connect
from media.simulator.stream.protocol import Clear, Mark, Media, Messages, ProtocolViolation, parse

_CLOSE_S = 2.0
_OUTBOX = 500
"""Messages (10 s of sound) that may wait for a slow customer before sound is dropped (31930)."""
Alert = Callable[[int, str], None]


class StreamClient:
    """One stream of one call. `run` returns when the customer closed it; cancel it to end it."""

    def __init__(
        self, target: StreamTarget, messages: Messages, stream_sid: str, line: Line, alert: Alert
    ) -> None:
        self._target = target
        self._messages = messages
        self._stream_sid = stream_sid
        self._line = line
        self._alert = alert
        self._outbox: asyncio.Queue[tuple[float, str, bool]] = asyncio.Queue()
        self._metronome: Metronome | None = None
        self._loop = asyncio.get_running_loop()
        self._arrivals = Arrivals(UNIMPAIRED, self._loop.time())
        self._impairments = UNIMPAIRED
        self._frames = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._skip = 0
        self._wobble: Callable[[], int] = lambda: 0
        self._alerted: set[int] = set()

    def pace(self, offset_ms: int, rng: Random, metronome: Metronome) -> None:
        """The first media comes `offset_ms` after the start; timestamps wobble by a millisecond.

        The metronome is told when each frame is sent.
        """
        self._metronome = metronome
        self._skip = offset_ms // 20
        self._wobble = lambda: rng.choice((-1, 0, 0, 0, 1))

    def impair(self, impairments: Impairments) -> None:
        """Let the network treat the stream as told, from now on."""
        self._impairments = impairments
        self._arrivals = Arrivals(impairments, self._loop.time())

    def drop(self) -> None:
        """Break the connection without a close frame."""
        raw = self._socket.get_extra_info("socket") if self._socket is not None else None
        if raw is not None:
            raw.shutdown(socket.SHUT_RDWR)

    async def run(self, on_started: Callable[[], None]) -> None:
        """Relay until the customer closes the socket. Raises `StreamRefused`."""
        async with aiohttp.ClientSession() as session:
            self._socket = await connect(session, self._target)
            on_started()
            self._put(self._messages.connected())
            self._put(self._messages.start(self._target.parameters))
            self._line.tap = self
            sender = asyncio.create_task(self._send())
            try:
                await self._receive()
            finally:
                self._line.tap = None
                self._line.playback.clear()
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
                await self._finish()

    def marked(self, name: str) -> None:
        """Echo a mark that was reached."""
        self._put(self._messages.mark(name))

    def said(self, said: Said) -> None:
        """Send the callee's 20 ms, and the keys that were pressed."""
        if self._skip > 0:
            self._skip -= 1
            return
        now_s = self._loop.time()
        if self._arrivals.broken(now_s):
            self.drop()
            return
        if self._outbox.qsize() < _OUTBOX:
            message = self._messages.media(said.frame, self._wobble())
            for arrival_s in self._arrivals.media(now_s, g711.FRAME_MS * self._frames):
                self._outbox.put_nowait((arrival_s, message, arrival_s == now_s))
            self._frames += 1
        else:
            self._once(31930, "the customer reads too slowly; the callee's sound is dropped")
        for digit in said.digits:
            self._put(self._messages.dtmf(digit))
        if self._arrivals.nuisance():
            self._put(self._messages.unknown())

    def _put(self, message: str) -> None:
        self._outbox.put_nowait((self._arrivals.message(self._loop.time()), message, False))

    def _once(self, code: int, reason: str) -> None:
        if code not in self._alerted:
            self._alerted.add(code)
            self._alert(code, reason)

    async def _send(self) -> None:
        assert self._socket is not None
        while True:
            arrival_s, message, on_time = await self._outbox.get()
            due_s = self._metronome.due_s if self._metronome is not None else 0.0
            if (early_s := arrival_s - self._loop.time()) > 0:
                await asyncio.sleep(early_s)
            try:
                await self._socket.send_str(message)
            except (aiohttp.ClientError, ConnectionError):
                return
            if on_time and self._metronome is not None:
                self._metronome.sent(due_s)

    async def _receive(self) -> None:
        assert self._socket is not None
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(str(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._once(31950, "binary message")
            elif message.type is aiohttp.WSMsgType.ERROR:
                self._alert(31924, f"the customer broke the WebSocket protocol: {message.data}")
                return
            else:
                self._closed(message.type)
                return

    def _closed(self, kind: aiohttp.WSMsgType) -> None:
        assert self._socket is not None
        code = self._socket.close_code
        if kind is aiohttp.WSMsgType.CLOSE or (code is not None and code != 1006):
            self._alert(31921, f"the customer closed the stream ({code})")
        else:
            self._alert(31903, "the stream broke without a close")

    def _take(self, text: str) -> None:
        try:
            message = parse(text, self._stream_sid)
        except ProtocolViolation as error:
            self._once(error.code, str(error))
            return
        playback = self._line.playback
        if isinstance(message, Media):
            if not playback.media(message.payload):
                self._once(31931, "more than ten minutes of sound wait; sound was dropped")
            return
        marks = playback.clear() if isinstance(message, Clear) else self._mark(message)
        for name in marks:
            self.marked(name)

    def _mark(self, message: Mark) -> tuple[str, ...]:
        return self._line.playback.mark(message.name)

    async def _finish(self) -> None:
        """Say `stop` where somebody still listens, then close."""
        assert self._socket is not None
        if not self._impairments.stop:
            self.drop()
        elif not self._socket.closed:
            self._put(self._messages.stop())
            try:
                async with asyncio.timeout(_CLOSE_S):
                    while not self._outbox.empty():
                        await self._socket.send_str(self._outbox.get_nowait()[1])
                    await self._socket.close()
            except (TimeoutError, aiohttp.ClientError, ConnectionError):
                self.drop()
