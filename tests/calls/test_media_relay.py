"""Both ends of the relay over a real socket."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dialer.api.media_relay import BYE, RelayServer, WorkerUnavailable
from dialer.call import AttemptId
from media.relay import RelayFailed, connect

ATTEMPT = AttemptId("attempt-1")


@asynccontextmanager
async def relay(directory: Path, tcp: bool = False) -> AsyncIterator[RelayServer]:
    server = RelayServer(directory, tcp_host="127.0.0.1" if tcp else None)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(scenario(), 20)

    asyncio.run(within())


@pytest.mark.parametrize("tcp", [False, True])
def test_messages_pass_untouched_both_ways(tmp_path: Path, tcp: bool) -> None:
    async def scenario() -> None:
        async with relay(tmp_path, tcp) as server:
            token = server.offer(ATTEMPT)
            worker = await connect(server.address, ATTEMPT, token)
            reader, writer = await server.wait_for_worker(ATTEMPT, 5)
            for message in ('{"event":"media", "x": "é"}', '{"event":"stop"}'):
                writer.write(message.encode() + b"\n")
                assert await worker.receive() == message
            await worker.send('{"event":"clear"}')
            assert await reader.readline() == b'{"event":"clear"}\n'
            writer.close()
            assert await worker.receive() is None
            await worker.close()

    run(scenario)


def test_a_worker_that_is_done_says_bye_and_a_dead_one_does_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay(tmp_path) as server:
            done = await connect(server.address, ATTEMPT, server.offer(ATTEMPT))
            reader, writer = await server.wait_for_worker(ATTEMPT, 5)
            await done.close()
            assert await reader.readline() == BYE
            writer.close()
            _, dying = await asyncio.open_unix_connection(server.address.removeprefix("unix:"))
            hello = {"attempt": ATTEMPT, "token": server.offer(ATTEMPT)}
            dying.write(json.dumps(hello).encode() + b"\n")
            reader, writer = await server.wait_for_worker(ATTEMPT, 5)
            dying.transport.abort()
            assert await reader.readline() == b""
            writer.close()

    run(scenario)


def test_a_wrong_or_used_token_is_turned_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay(tmp_path) as server:
            token = server.offer(ATTEMPT)
            thief = await connect(server.address, ATTEMPT, "guess")
            assert await thief.receive() is None
            worker = await connect(server.address, ATTEMPT, token)
            _, writer = await server.wait_for_worker(ATTEMPT, 5)
            second = await connect(server.address, ATTEMPT, token)
            assert await second.receive() is None
            writer.close()
            for transport in (thief, worker, second):
                await transport.close()

    run(scenario)


def test_nobody_dialing_back_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay(tmp_path) as server:
            server.offer(ATTEMPT)
            with pytest.raises(WorkerUnavailable):
                await server.wait_for_worker(ATTEMPT, 0.01)
            with pytest.raises(WorkerUnavailable):
                await server.wait_for_worker(ATTEMPT, 5)

    run(scenario)


def test_hello_that_is_no_hello_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay(tmp_path) as server:
            server.offer(ATTEMPT)
            for line in (b"hello\n", b"[]\n", b"{}\n"):
                path = server.address.removeprefix("unix:")
                reader, writer = await asyncio.open_unix_connection(path)
                writer.write(line)
                assert await reader.read() == b""
                writer.close()

    run(scenario)


def test_the_socket_is_private_and_goes_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with relay(tmp_path / "relay") as server:
            path = Path(server.address.removeprefix("unix:"))
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert not path.exists()

    run(scenario)


@pytest.mark.parametrize("address", ["unix:/nowhere/at.all", "tcp:127.0.0.1:x", "http://h"])
def test_an_address_where_nobody_listens(address: str) -> None:
    async def scenario() -> None:
        with pytest.raises(RelayFailed):
            await connect(address, ATTEMPT, "token")

    run(scenario)
