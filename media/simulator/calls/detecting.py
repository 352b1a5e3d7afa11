"""Machine detection of one call: on its line, and told as its request wants it."""

import asyncio

from media.simulator.amd.detection import Detection
from media.simulator.amd.mistakes import mistaken
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.records.call import Call
from media.simulator.records.request import MachineDetection


class Detecting:
    """From the pickup on. A call without detection has a `Detecting` that finds nothing."""

    def __init__(self, call: Call, line: Line, network: Network) -> None:
        self._call = call
        self._network = network
        self._task: asyncio.Task[dict[str, str]] | None = None
        wanted = call.request.machine_detection
        if wanted is not None:
            self._task = asyncio.get_running_loop().create_task(self._detect(wanted, line))
        self._asynchronous = wanted is None or wanted.asynchronous

    async def first(self) -> dict[str, str]:
        """What the first document's request is told; waits for it where the customer waits."""
        return {} if self._task is None or self._asynchronous else await self._task

    def close(self) -> None:
        """The call is over; what is not found yet is never told."""
        if self._task is not None:
            self._task.cancel()

    async def _detect(self, wanted: MachineDetection, line: Line) -> dict[str, str]:
        rates, rng = self._network.account.detection_errors, self._network.rng
        end = wanted.message_end
        detection = Detection(wanted, lambda found: mistaken(found, rates, end, rng))
        line.forks.append(detection)
        fields = await detection.result()
        line.forks.remove(detection)
        self._call.answered_by = fields["AnsweredBy"]
        if wanted.asynchronous and wanted.callback is not None:
            self._network.callbacks.detection(self._call, wanted, fields)
        return fields
