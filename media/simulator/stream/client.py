"""The carrier's media stream socket: connects, and relays a line until either side ends."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run
from urllib.parse import urlsplit

import aiohttp

from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.stream.protocol import Clear, Mark, Media, Messages, ProtocolViolation, parse

CONNECT_S = 5.0
_CLOSE_S = 2.0
_OUTBOX = 500
"""Messages (10 s of sound) that may wait for a slow customer before sound is dropped (31930)."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Alert = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """Where a stream goes, with the signature over its `wss://` address."""

    url: str
    signature: str
    parameters: dict[str, str]
    plain_loopback: bool = True

    @property
    def address(self) -> str:
        """What is really connected: `ws://` for this machine, where nobody has a certificate."""
        parts = urlsplit(self.url)
        if self.plain_loopback and parts.hostname in _LOOPBACK:
            return self.url.replace("wss://", "ws://", 1)
        return self.url


class StreamRefused(Exception):
    """The stream could not be connected; `code` is the carrier's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


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
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._skip = 0
        self._wobble: Callable[[], int] = lambda: 0
        self._alerted: set[int] = set()

    def pace(self, offset_ms: int, rng: Random) -> None:
        """The first media comes `offset_ms` after the start; timestamps wobble by a millisecond."""
        self._skip = offset_ms // 20
        self._wobble = lambda: rng.choice((-1, 0, 0, 0, 1))

    def drop(self) -> None:
        """Break the connection without a close frame."""
        raw = self._socket.get_extra_info("socket") if self._socket is not None else None
        if raw is not None:
            raw.shutdown(socket.SHUT_RDWR)

    async def run(self, on_started: Callable[[], None]) -> None:
        """Relay until the customer closes the socket. Raises `StreamRefused`."""
        async with aiohttp.ClientSession() as session:
            self._socket = await self._connect(session)
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

    async def _connect(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        headers = {
            "User-Agent": "Twilio.TmeWs/1.0",
            "x-twilio-signature": self._target.signature,
            "accept-encoding": "gzip",
        }
        url = self._target.address
        try:
            async with asyncio.timeout(CONNECT_S):
                return await session.ws_connect(url, headers=headers, max_msg_size=8 << 20)
        except TimeoutError as error:
            raise StreamRefused(31901, f"{url}: connection timeout") from error
        except aiohttp.WSServerHandshakeError as error:
            raise StreamRefused(31920, f"{url}: HTTP {error.status} is not 101") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise StreamRefused(31910, f"{url}: {error}") from error
        except aiohttp.ClientConnectorError as error:
            raise StreamRefused(31902, f"{url}: {error}") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise StreamRefused(31920, f"{url}: {error}") from error

    def marked(self, name: str) -> None:
        """Echo a mark that was reached."""
        self._put(self._messages.mark(name))

    def said(self, said: Said) -> None:
        """Send the callee's 20 ms, and the keys that were pressed."""
        if self._skip > 0:
            self._skip -= 1
            return
        if self._outbox.qsize() < _OUTBOX:
            self._put(self._messages.media(said.frame, self._wobble()))
        else:
            self._once(31930, "the customer reads too slowly; the callee's sound is dropped")
        for digit in said.digits:
            self._put(self._messages.dtmf(digit))

    def _put(self, message: str) -> None:
        self._outbox.put_nowait(message)

    def _once(self, code: int, reason: str) -> None:
        if code not in self._alerted:
            self._alerted.add(code)
            self._alert(code, reason)

    async def _send(self) -> None:
        assert self._socket is not None
        while True:
            message = await self._outbox.get()
            try:
                await self._socket.send_str(message)
            except (aiohttp.ClientError, ConnectionError):
                return

    async def _receive(self) -> None:
        assert self._socket is not None
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(str(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._once(31950, "binary message")
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
        if not self._socket.closed:
            self._put(self._messages.stop())
            try:
                async with asyncio.timeout(_CLOSE_S):
                    while not self._outbox.empty():
                        await self._socket.send_str(self._outbox.get_nowait())
                    await self._socket.close()
            except (TimeoutError, aiohttp.ClientError, ConnectionError):
                self.drop()
