"""What the outside is told during a call, in order, without ever holding the call up."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from media.agent.port import Snapshot
from media.ports import CallPorts

log = logging.getLogger(__name__)

_FLUSH_S = 2.0


class Board:
    """Runs `ports.save` and `ports.publish` one after the other in a task of its own.

    Their failures are logged and forgotten: a call does not end because a display is down.
    """

    def __init__(self, ports: CallPorts) -> None:
        self._ports = ports
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._work())

    def publish(self, kind: str, at_ms: int, text: str = "", **more: Any) -> None:
        """One event for the live board: kind listening, heard, said, state or ended."""
        event = {"kind": kind, "text": text, "at_ms": at_ms, **more}
        self._jobs.put_nowait(lambda: self._ports.publish(event))

    def save(self, snapshot: Snapshot) -> None:
        """Keep the agent's state."""
        self._jobs.put_nowait(lambda: self._ports.save(snapshot))

    async def _work(self) -> None:
        while (job := await self._jobs.get()) is not None:
            try:
                await job()
            except Exception:
                log.warning("the call's board could not be told", exc_info=True)

    async def close(self) -> None:
        """Wait a little until everything was told."""
        self._jobs.put_nowait(None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._task, _FLUSH_S)
