"""The recordings of one call: each listens in on its line until it is stopped or the call ends."""

from media.simulator.line import Line
from media.simulator.recording.desk import Desk, Making
from media.simulator.records.call import Call
from media.simulator.records.recording import RecordingSource, RecordingWish


class LineRecorder:
    """From the pickup to the end of one call."""

    def __init__(self, call: Call, line: Line, desk: Desk) -> None:
        self._call = call
        self._line = line
        self._desk = desk
        self._all: list[Making] = []
        if call.request.record is not None:
            self.start(RecordingSource.CREATE, call.request.record)

    def start(self, source: RecordingSource, wish: RecordingWish) -> Making:
        """Begin another one; several may run at once."""
        making = self._desk.start(self._call, source, wish)
        self._line.forks.append(making)
        self._all.append(making)
        return making

    def close(self) -> None:
        """The call is over."""
        for making in self._all:
            making.stop()
