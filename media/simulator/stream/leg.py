"""One `<Connect><Stream>` of one call: the socket, its debugger codes and its status callbacks."""

import asyncio

from media.simulator.impairments import UNIMPAIRED, Impairments
from media.simulator.line import Line
from media.simulator.network import Network
from media.simulator.records.call import Call
from media.simulator.sids import new_sid
from media.simulator.stream.client import StreamClient
from media.simulator.stream.handshake import StreamRefused, StreamTarget
from media.simulator.stream.protocol import Messages
from media.simulator.stream.status import StreamStatus
from media.simulator.twiml.verbs import ConnectStream


class StreamLeg:
    """Runs the verb; `run` returns when the customer closed the socket or could not be reached."""

    def __init__(
        self,
        verb: ConnectStream,
        call: Call,
        line: Line,
        network: Network,
        impairments: Impairments = UNIMPAIRED,
    ) -> None:
        self._call = call
        self._network = network
        self.sid = new_sid("MZ", network.rng)
        self._status = StreamStatus(
            network,
            call,
            self.sid,
            verb.name,
            verb.status_callback,
            verb.status_callback_method,
        )
        offset_ms = network.rng.randint(60, 170)
        account = network.account
        target = StreamTarget(
            verb.url,
            network.webhooks.signature(verb.url, {}),
            verb.parameters,
            account.plain_loopback,
        )
        messages = Messages(account.sid, call.sid, self.sid, offset_ms)
        self._client = StreamClient(target, messages, self.sid, line, self._alert)
        self._client.pace(offset_ms, network.rng, network.metronome)
        self._client.impair(impairments)

    async def run(self) -> None:
        """Relay until the stream ends; a failed connect is told to the debugger only."""
        try:
            await self._client.run(self._started)
        except StreamRefused as error:
            self._alert(error.code, str(error))
            self._status.tell("stream-error", str(error))
        except asyncio.CancelledError:
            self._status.tell("stream-stopped")
            raise
        else:
            self._status.tell("stream-stopped")

    def _started(self) -> None:
        self._call.streamed = True
        self._status.tell("stream-started")

    def impair(self, impairments: Impairments) -> None:
        """Let the network treat the stream as told, from now on."""
        self._client.impair(impairments)

    def drop(self) -> None:
        """Break the socket."""
        self._client.drop()

    def _alert(self, code: int, reason: str) -> None:
        self._network.debugger.alert(code, reason, self._call.sid)
