"""Call progress callbacks: their fields, their order, and the troubles that they may have."""

import asyncio
from collections.abc import Coroutine

from media.simulator.clock import Clock, rfc2822
from media.simulator.debugger import Debugger
from media.simulator.faults import Faults
from media.simulator.records.call import Call, Status
from media.simulator.records.request import Event, MachineDetection
from media.simulator.webhooks.sender import WebhookFailed, Webhooks

_HELD_S = 1.0
"""A callback held back to be overtaken is sent after this time, overtaken or not."""
_VALUES = {
    Event.INITIATED: "initiated",
    Event.RINGING: "ringing",
    Event.ANSWERED: "in-progress",
}


def call_params(call: Call, account_sid: str, status: str | None = None) -> dict[str, str]:
    """The fields of every voice webhook, the unknown ones empty as the carrier sends them."""
    to, caller = call.request.to, call.request.from_
    params = {
        "CallSid": call.sid,
        "AccountSid": account_sid,
        "From": caller,
        "To": to,
        "Caller": caller,
        "Called": to,
        "CallStatus": status or call.status.value,
        "ApiVersion": "2010-04-01",
        "Direction": call.direction.value,
    }
    if call.parent_sid is not None:
        params["ParentCallSid"] = call.parent_sid
    for side, number in (("From", caller), ("To", to), ("Caller", caller), ("Called", to)):
        country = "US" if number.startswith("+1") else ""
        params |= {f"{side}City": "", f"{side}State": "", f"{side}Zip": ""}
        params[f"{side}Country"] = country
    return params


class Callbacks:
    """Sends status callbacks in the background; each is a request of its own."""

    def __init__(
        self,
        account_sid: str,
        webhooks: Webhooks,
        faults: Faults,
        debugger: Debugger,
        clock: Clock,
    ) -> None:
        self._account_sid = account_sid
        self._webhooks = webhooks
        self._faults = faults
        self._debugger = debugger
        self._clock = clock
        self._sending: set[asyncio.Task[None]] = set()
        self._overtaken: dict[str, asyncio.Event] = {}
        self.sent = 0

    def progress(self, call: Call, event: Event) -> None:
        """Tell the customer, if that event was asked for."""
        request = call.request
        if request.status_callback is None or event not in request.events:
            return
        params = call_params(call, self._account_sid, _VALUES.get(event))
        params |= {
            "Timestamp": rfc2822(self._clock.now()) or "",
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.sequence_number()),
        }
        if event is Event.COMPLETED:
            params |= _final(call)
        for _ in range(self._faults.copies()):
            self._start(self._send(call, params, last=event is Event.COMPLETED))

    def tell(self, call: Call, url: str, method: str, params: dict[str, str]) -> None:
        """A callback beside the call's progress: a stream's status, the last word of a verb."""
        self._start(self._post(url, method, params, call.sid))

    def detection(self, call: Call, wanted: MachineDetection, found: dict[str, str]) -> None:
        """What asynchronous machine detection found; at most once a call."""
        assert wanted.callback is not None
        params = {"CallSid": call.sid, "AccountSid": self._account_sid, **found}
        for _ in range(self._faults.copies()):
            self._start(self._post(wanted.callback, wanted.callback_method, params, call.sid))

    def recording(self, call: Call, url: str, method: str, params: dict[str, str]) -> None:
        """A recording began, is there, or came to nothing."""
        for _ in range(self._faults.copies()):
            self._start(self._post(url, method, params, call.sid))

    async def close(self) -> None:
        """Give up what is still being sent."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, call: Call, params: dict[str, str], last: bool) -> None:
        await self._disorder(call.sid, last)
        request = call.request
        assert request.status_callback is not None
        await self._post(request.status_callback, request.status_callback_method, params, call.sid)

    async def _disorder(self, call_sid: str, last: bool) -> None:
        if self._faults.delay_ms:
            await asyncio.sleep(self._faults.delay_ms / 1000)
        held = self._overtaken.pop(call_sid, None)
        if held is not None:
            asyncio.get_running_loop().call_later(0.05, held.set)
        elif self._faults.reverse and not last:
            mine = self._overtaken[call_sid] = asyncio.Event()
            try:
                async with asyncio.timeout(_HELD_S):
                    await mine.wait()
            except TimeoutError:
                self._overtaken.pop(call_sid, None)

    async def _post(self, url: str, method: str, params: dict[str, str], call_sid: str) -> None:
        self.sent += 1
        try:
            await self._webhooks.send(url, method, params, call_sid)
        except WebhookFailed as error:
            self._debugger.alert(error.code, str(error), call_sid)


def _final(call: Call) -> dict[str, str]:
    fields = {"CallDuration": str(call.duration_s or 0), "SipResponseCode": str(call.sip_code)}
    if call.status is Status.COMPLETED:
        fields["Duration"] = str(call.billed_minutes)
    if call.answered_by is not None:
        fields["AnsweredBy"] = call.answered_by
    if call.status is Status.CANCELED:
        del fields["SipResponseCode"]
    return fields
