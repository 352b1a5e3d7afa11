"""Call progress callbacks: their fields, their order, and the troubles that they may have."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass

from media.simulator.clock import Clock, rfc2822
from media.simulator.debugger import Debugger
from media.simulator.faults import Faults, Told
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
        hook = _Hook(request.status_callback, request.status_callback_method, params, call.sid)
        self._send(hook, Told.STATUS, last=event is Event.COMPLETED)

    def tell(
        self,
        call: Call,
        url: str,
        method: str,
        params: dict[str, str],
        told: Told = Told.CONFERENCE,
    ) -> None:
        """A callback beside the call's progress."""
        self._send(_Hook(url, method, params, call.sid), told)

    def detection(self, call: Call, wanted: MachineDetection, found: dict[str, str]) -> None:
        """What asynchronous machine detection found; at most once a call."""
        assert wanted.callback is not None
        params = {"CallSid": call.sid, "AccountSid": self._account_sid, **found}
        self.tell(call, wanted.callback, wanted.callback_method, params, Told.DETECTION)

    async def close(self) -> None:
        """Give up what is still being sent."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _send(self, hook: "_Hook", told: Told, last: bool = False) -> None:
        """In the background, with the troubles that are meant for it; `last` overtakes others."""
        if not self._faults.suffers(told, hook.call_sid):
            self._start(self._post(hook))
            return
        for _ in range(self._faults.copies()):
            self._start(self._troubled(hook, last))

    async def _troubled(self, hook: "_Hook", last: bool) -> None:
        if self._faults.delay_ms:
            await asyncio.sleep(self._faults.delay_ms / 1000)
        held = self._overtaken.pop(hook.call_sid, None)
        if held is not None:
            asyncio.get_running_loop().call_later(0.05, held.set)
        elif self._faults.reverse and not last:
            mine = self._overtaken[hook.call_sid] = asyncio.Event()
            try:
                async with asyncio.timeout(_HELD_S):
                    await mine.wait()
            except TimeoutError:
                self._overtaken.pop(hook.call_sid, None)
        await self._post(hook)

    async def _post(self, hook: "_Hook") -> None:
        self.sent += 1
        try:
            await self._webhooks.send(hook.url, hook.method, hook.params, hook.call_sid)
        except WebhookFailed as error:
            self._debugger.alert(error.code, str(error), hook.call_sid)


@dataclass(frozen=True, slots=True)
class _Hook:
    """One request to the customer."""

    url: str
    method: str
    params: dict[str, str]
    call_sid: str


def _final(call: Call) -> dict[str, str]:
    fields = {"CallDuration": str(call.duration_s or 0), "SipResponseCode": str(call.sip_code)}
    if call.status is Status.COMPLETED:
        fields["Duration"] = str(call.billed_minutes)
    if call.answered_by is not None:
        fields["AnsweredBy"] = call.answered_by
    if call.status is Status.CANCELED:
        del fields["SipResponseCode"]
    return fields
