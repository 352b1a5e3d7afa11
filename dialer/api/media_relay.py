"""Where media workers dial back to: one socket per gateway process, one line of hello per call.

The wire: the worker's first line is JSON, `{"attempt": ..., "token": ...}`; after it one carrier
message a line, both ways, untouched. `{"event":"worker.bye"}` from the worker means that it is
done with the call; end of file without it means that the worker died.
"""

import asyncio
import contextlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from dialer.call import AttemptId

BYE = b'{"event":"worker.bye"}\n'
"""The line of a worker that is done with its call."""
LONGEST_LINE = 64 * 1024
"""Bytes; a longer line closes the connection."""
HELLO_SECONDS = 2.0

WorkerStreams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class WorkerUnavailable(Exception):
    """No media worker dialed back in time."""


@dataclass(frozen=True, slots=True)
class _Offer:
    token: str
    worker: asyncio.Future[WorkerStreams]


class RelayServer:
    """Listens on a Unix socket in `directory`, or on TCP when `tcp_host` is given.

    Over TCP the token travels in the clear: bind to a private network or put TLS in front.
    """

    def __init__(self, directory: Path, *, tcp_host: str | None = None, tcp_port: int = 0) -> None:
        self._path = directory / f"relay-{os.getpid()}-{secrets.token_hex(4)}.sock"
        self._tcp = (tcp_host, tcp_port) if tcp_host else None
        self._offers: dict[AttemptId, _Offer] = {}
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """What a worker connects to: `unix:/path` or `tcp:host:port`."""
        if self._tcp is None:
            return f"unix:{self._path}"
        return f"tcp:{self._tcp[0]}:{self._tcp[1]}"

    async def start(self) -> None:
        """Begin to listen. Raises OSError when the socket cannot be made."""
        if self._tcp is not None:
            host, port = self._tcp
            self._server = await asyncio.start_server(self._greet, host, port, limit=LONGEST_LINE)
            self._tcp = (host, self._server.sockets[0].getsockname()[1])
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._server = await asyncio.start_unix_server(self._greet, self._path, limit=LONGEST_LINE)
        self._path.chmod(0o700)

    async def close(self) -> None:
        """Stop listening; connections that were handed over live on."""
        for attempt_id in list(self._offers):
            self.withdraw(attempt_id)
        if self._server is not None:
            self._server.close()
            self._server = None
        with contextlib.suppress(OSError):
            if self._tcp is None:
                self._path.unlink()

    def offer(self, attempt_id: AttemptId) -> str:
        """Expect a worker for this attempt; the token that it must show, once."""
        self.withdraw(attempt_id)
        token = secrets.token_urlsafe(32)
        worker: asyncio.Future[WorkerStreams] = asyncio.get_running_loop().create_future()
        self._offers[attempt_id] = _Offer(token, worker)
        return token

    def withdraw(self, attempt_id: AttemptId) -> None:
        """Expect no worker for this attempt any more."""
        offer = self._offers.pop(attempt_id, None)
        if offer is None:
            return
        if offer.worker.done() and not offer.worker.cancelled():
            offer.worker.result()[1].close()
        offer.worker.cancel()

    async def wait_for_worker(self, attempt_id: AttemptId, timeout: float) -> WorkerStreams:
        """The worker's connection, from after the hello on; the caller closes the writer.

        Write one message a line: a message with line breaks in it must lose them first.
        Raises `WorkerUnavailable` after `timeout` seconds, or when there is no offer.
        """
        offer = self._offers.get(attempt_id)
        if offer is None:
            raise WorkerUnavailable(attempt_id)
        try:
            streams = await asyncio.wait_for(asyncio.shield(offer.worker), timeout)
        except (TimeoutError, asyncio.CancelledError) as error:
            self.withdraw(attempt_id)
            if isinstance(error, asyncio.CancelledError) and not offer.worker.cancelled():
                raise
            raise WorkerUnavailable(attempt_id) from None
        self._offers.pop(attempt_id, None)
        return streams

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), HELLO_SECONDS)
        except (TimeoutError, ValueError, OSError):
            line = b""
        offer = self._claim(line)
        if offer is None:
            writer.close()
            return
        offer.worker.set_result((reader, writer))

    def _claim(self, hello: bytes) -> _Offer | None:
        try:
            parsed = json.loads(hello)
            attempt_id, token = AttemptId(str(parsed["attempt"])), str(parsed["token"])
        except (ValueError, KeyError, TypeError):
            return None
        offer = self._offers.get(attempt_id)
        if offer is None or offer.worker.done():
            return None
        return offer if hmac.compare_digest(offer.token.encode(), token.encode()) else None
