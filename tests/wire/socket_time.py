"""Virtual time with real sockets: the clock jumps when no packet is on its way."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from calls.virtual_time import VirtualLoop, _Jump

T = TypeVar("T")


class _Patient(_Jump):
    """Looks twice before it lets time jump: a packet may be on its way through the kernel."""

    def select(self, timeout: float | None = None) -> Any:
        ready = super(_Jump, self).select(0)
        if ready or timeout == 0:
            return ready
        ready = super(_Jump, self).select(0 if timeout is not None and timeout < 0.1 else 0.02)
        if not ready and timeout is not None:
            self.loop.now_s += max(0.0, timeout)
        return ready


class _SocketLoop(VirtualLoop):
    def __init__(self) -> None:
        self.now_s = 1000.0
        jump = _Patient()
        jump.loop = self
        asyncio.SelectorEventLoop.__init__(self, jump)


def in_virtual_time(scene: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` without waiting for timers."""
    with asyncio.Runner(loop_factory=_SocketLoop) as runner:
        return runner.run(scene)
