"""One `<Connect><Stream>` of one call: the socket, its debugger codes and its status callbacks."""

import asyncio
from urllib.parse import urljoin

from media.simulator.clock import iso_nanoseconds
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.records.call import Call
from media.simulator.sids import new_sid
from media.simulator.stream.client import StreamClient, StreamRefused, StreamTarget
from media.simulator.stream.protocol import Messages
from media.simulator.twiml.verbs import ConnectStream


class StreamLeg:
    """Runs the verb; `run` returns when the customer closed the socket or could not be reached."""

    def __init__(
        self, verb: ConnectStream, call: Call, line: Line, network: Network, base: str
    ) -> None:
        self._verb = verb
        self._call = call
        self._network = network
        self._base = base
        self._stream_sid = new_sid("MZ", network.rng)
        offset_ms = network.rng.randint(60, 170)
        account = network.account
        target = StreamTarget(
            verb.url,
            network.webhooks.signature(verb.url, {}),
            verb.parameters,
            account.plain_loopback,
        )
        messages = Messages(account.sid, call.sid, self._stream_sid, offset_ms)
        self._client = StreamClient(target, messages, self._stream_sid, line, self._alert)
        self._client.pace(offset_ms, network.rng)

    async def run(self) -> None:
        """Relay until the stream ends; a failed connect is told to the debugger only."""
        try:
            await self._client.run(self._started)
        except StreamRefused as error:
            self._alert(error.code, str(error))
            self._tell("stream-error", str(error))
        except asyncio.CancelledError:
            self._tell("stream-stopped")
            raise
        else:
            self._tell("stream-stopped")

    def _started(self) -> None:
        self._call.streamed = True
        self._tell("stream-started")

    def drop(self) -> None:
        """Break the socket."""
        self._client.drop()

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self._call.sid)

    def _tell(self, event: str, error: str = "") -> None:
        if not self._verb.status_callback:
            return
        params = {
            "AccountSid": self._network.account.sid,
            "CallSid": self._call.sid,
            "StreamSid": self._stream_sid,
            "StreamName": self._verb.name or self._stream_sid,
            "StreamEvent": event,
            "Timestamp": iso_nanoseconds(self._network.clock.now()),
        }
        if error:
            params["StreamError"] = error
        url = urljoin(self._base, self._verb.status_callback)
        self._network.callbacks.stream_event(self._call, url, params)
