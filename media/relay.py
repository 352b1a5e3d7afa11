"""The worker's end of the gateway's relay: the carrier's messages, one a line, over a socket."""

import asyncio
import contextlib

import orjson

from media.ports import StreamTransport

LONGEST_LINE = 64 * 1024
BYE = '{"event":"worker.bye"}'
"""Said before closing, so that the gateway can tell a finished call from a dead worker."""


class RelayFailed(Exception):
    """The gateway cannot be reached at this address."""


class RelayTransport:
    """A `StreamTransport` over a connected pair of streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self) -> str | None:
        """The next message; None when the gateway closed, broke off, or sent an endless line."""
        try:
            line = await self._reader.readline()
        except (OSError, ValueError):
            return None
        return line[:-1].decode("utf-8", "replace") if line.endswith(b"\n") else None

    async def send(self, message: str) -> None:
        """Send one message, which holds no line break; ignored when the gateway is gone."""
        if self._writer.is_closing():
            return
        with contextlib.suppress(OSError):
            self._writer.write(message.encode() + b"\n")
            await self._writer.drain()

    async def close(self) -> None:
        """Say goodbye and hang up the relay; harmless when repeated."""
        await self.send(BYE)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def connect(address: str, attempt_id: str, token: str) -> StreamTransport:
    """Dial back to the gateway at `unix:/path` or `tcp:host:port` for one attempt.

    Raises `RelayFailed` when the address is no such thing or nobody listens there.
    """
    try:
        reader, writer = await _open(address)
    except (OSError, ValueError) as error:
        raise RelayFailed(f"no gateway at {address}: {error}") from error
    transport = RelayTransport(reader, writer)
    await transport.send(orjson.dumps({"attempt": attempt_id, "token": token}).decode())
    return transport


async def _open(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    scheme, _, place = address.partition(":")
    if scheme == "unix":
        return await asyncio.open_unix_connection(place, limit=LONGEST_LINE)
    if scheme == "tcp":
        host, _, port = place.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port), limit=LONGEST_LINE)
    raise ValueError("an address starts with unix: or tcp:")
