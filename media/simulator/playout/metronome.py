"""The 20 ms beat of all calls: one timer with absolute deadlines, so that it never drifts."""

import asyncio
from collections import deque
from collections.abc import Callable

BEAT_S = 0.02
_KEPT = 200_000
"""So many lateness figures are kept: 80 s of 50 streams."""


class Metronome:
    """Calls every subscriber once per 20 ms while there is one; missed beats are caught up."""

    def __init__(self) -> None:
        self._beats: dict[Callable[[], None], None] = {}
        """In the order of their joining: those who hear each other keep it from beat to beat."""
        self._task: asyncio.Task[None] | None = None
        self.due_s = 0.0
        """When the running beat was due, by the loop's clock."""
        self.beats_late_ms: deque[float] = deque(maxlen=_KEPT)
        self.frames_late_ms: deque[float] = deque(maxlen=_KEPT)

    def sent(self, due_s: float) -> None:
        """A frame of the beat that was due then has been handed to the network."""
        late_s = asyncio.get_running_loop().time() - due_s
        self.frames_late_ms.append(max(0.0, late_s * 1000))

    @property
    def lateness_ms(self) -> list[float]:
        """Of the frames on streams; of the beats as long as there was no stream."""
        return list(self.frames_late_ms or self.beats_late_ms)

    def forget(self) -> None:
        """Begin to measure anew."""
        self.beats_late_ms.clear()
        self.frames_late_ms.clear()

    def join(self, beat: Callable[[], None]) -> None:
        """Call `beat` from the next beat on."""
        self._beats[beat] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def leave(self, beat: Callable[[], None]) -> None:
        """Call `beat` no more."""
        self._beats.pop(beat, None)

    async def close(self) -> None:
        """Stop the beat."""
        self._beats.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        start, count = loop.time(), 0
        while self._beats:
            count += 1
            due = start + count * BEAT_S
            await asyncio.sleep(due - loop.time())
            self.due_s = due
            self.beats_late_ms.append(max(0.0, (loop.time() - due) * 1000))
            for beat in tuple(self._beats):
                beat()


def percentile(values: list[float], share: float) -> float | None:
    """The value below which `share` (0-1) of the values lie, nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
