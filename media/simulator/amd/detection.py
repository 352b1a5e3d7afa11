"""Detection on a live line: listens in, and tells the result once."""

import asyncio
from collections.abc import Callable

from media.simulator.amd.detector import Detector, Found
from media.simulator.records.request import MachineDetection


class Detection:
    """A fork of a line. `result` waits for what was found; the line may end before."""

    def __init__(self, wanted: MachineDetection, judged: Callable[[Found], Found]) -> None:
        self._detector = Detector(wanted)
        self._judged = judged
        self._done: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """See `Fork`."""
        found = self._detector.feed(callee)
        if found is not None and not self._done.done():
            fields = {
                "AnsweredBy": self._judged(found).value,
                "MachineDetectionDuration": str(self._detector.elapsed_ms),
            }
            self._done.set_result(fields)

    async def result(self) -> dict[str, str]:
        """The fields `AnsweredBy` and `MachineDetectionDuration` (ms since the pickup)."""
        return await asyncio.shield(self._done)
