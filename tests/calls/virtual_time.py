"""An event loop whose clock jumps to the next timer whenever nothing is left to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jump(selectors.DefaultSelector):
    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits and nobody will come")
        if not ready and timeout is not None:
            self.loop.now_s += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Work for other threads is done at once, in virtual no time."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        jump = _Jump()
        jump.loop = self
        super().__init__(jump)

    def time(self) -> float:
        return self.now_s

    def run_in_executor(self, executor: Any, work: Callable[..., Any], *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(work(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def run_virtually(scenario: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` without waiting."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)
