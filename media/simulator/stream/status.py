"""Tells the customer of a stream's start, end and failure."""

from dataclasses import dataclass

from media.simulator.clock import iso_nanoseconds
from media.simulator.faults import Told
from media.simulator.network import Network
from media.simulator.records.call import Call


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """The status callbacks of one stream; without an address nothing is told."""

    network: Network
    call: Call
    sid: str
    name: str
    url: str | None
    method: str = "POST"

    def tell(self, event: str, error: str = "") -> None:
        """`stream-started`, `stream-stopped` or `stream-error`."""
        if not self.url:
            return
        params = {
            "AccountSid": self.network.account.sid,
            "CallSid": self.call.sid,
            "StreamSid": self.sid,
            "StreamName": self.name or self.sid,
            "StreamEvent": event,
            "Timestamp": iso_nanoseconds(self.network.clock.now()),
        }
        if error:
            params["StreamError"] = error
        self.network.callbacks.tell(self.call, self.url, self.method, params, Told.STREAM)
