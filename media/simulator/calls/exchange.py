"""The carrier's switch: every call, the queue in front of them, and what they cost."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from media.simulator.calls.create_form import check, check_source
from media.simulator.calls.form import Form, Warnings, callback, first, method, seconds
from media.simulator.calls.leg_request import leg_request
from media.simulator.calls.live_call import LiveCall
from media.simulator.conference.hall import Hall
from media.simulator.errors import ApiError
from media.simulator.network import Network
from media.simulator.people.scenario import Scenario
from media.simulator.program.ports import Source
from media.simulator.program.switch import Joined
from media.simulator.recording.desk import Desk
from media.simulator.records.bill import lines
from media.simulator.records.call import Call, Direction, Ending, Status
from media.simulator.sids import new_sid
from media.simulator.twiml.verbs import Dial, DialNumber

_log = logging.getLogger(__name__)


class Exchange:
    """Creates, updates and remembers calls."""

    def __init__(self, scenario: Scenario, network: Network) -> None:
        self.network = network
        self.desk = Desk(network)
        self.hall = Hall(network, self.desk)
        self.calls: dict[str, LiveCall] = {}
        self.creates: Counter[str] = Counter()
        self.most_active = 0
        self._scenario = scenario
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_turn = 0.0
        self._gate = asyncio.Lock()

    @property
    def spent(self) -> Decimal:
        """US dollars billed so far."""
        return self.network.bill.total

    @property
    def balance(self) -> Decimal:
        """US dollars left; prices come late, so it may fall below zero."""
        return self.network.account.balance - self.spent

    def active(self) -> int:
        """Calls that ring, dial or talk."""
        return sum(live.call.active for live in self.calls.values())

    def _open(self) -> int:
        return sum(not live.call.status.ended for live in self.calls.values())

    def create(self, form: Form) -> Call:
        """`POST Calls.json`. Raises `ApiError`."""
        account = self.network.account
        if self.balance <= 0:
            raise ApiError(10001, "Account is not active: its balance is used up")
        request, warnings = check(form, account)
        over = account.max_calls is not None and self._open() >= account.max_calls
        if over and not account.limit_fails_call:
            raise ApiError(10004, "Call concurrency limit exceeded")
        call = Call(new_sid("CA", self.network.rng), request)
        self.creates[request.to] += 1
        self._warn(call, warnings)
        live = LiveCall(call, self._scenario.person(request.to), self.network, self)
        self.calls[call.sid] = live
        if over:
            self.network.debugger.alert(10004, "call concurrency limit exceeded", call.sid)
            live.end(Ending(Status.FAILED, 503))
        self._start(live, self._turn)
        return call

    def place_leg(self, parent: Call, to: DialNumber, verb: Dial, joined: Joined) -> LiveCall:
        """A call that a `<Dial>` of `parent` makes, past the queue. Raises `LegRefused`."""
        request = leg_request(parent, to, verb, self.network.account)
        call = Call(
            new_sid("CA", self.network.rng),
            request,
            parent_sid=parent.sid,
            direction=Direction.DIAL,
        )
        live = LiveCall(call, self._scenario.person(request.to), self.network, self, joined)
        self.calls[call.sid] = live
        self._start(live, _at_once)
        return live

    def _warn(self, call: Call, warnings: Warnings) -> None:
        for code, text in warnings:
            self.network.debugger.alert(code, text, call.sid)

    def _start(self, live: LiveCall, turn: Callable[[], Awaitable[None]]) -> None:
        self.later(self._carry(live, turn))

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it in the background, at the latest until `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, live: LiveCall, turn: Callable[[], Awaitable[None]]) -> None:
        try:
            await live.run(turn)
        except Exception:
            _log.exception("call %s broke", live.call.sid)
            live.call.end(Ending(Status.FAILED, 500), self.network.clock.now())
        await asyncio.sleep(self.network.account.price_delay_s)
        self._settle(live.call)

    def _settle(self, call: Call) -> None:
        account = self.network.account
        now = self.network.clock.now()
        call.settle(account.rate(call.request.to), now)
        for category, usage, price in lines(call, account):
            self.network.bill.add(category, call.ended_at or now, usage, price)

    async def _turn(self) -> None:
        """Wait in the queue: `cps` calls a second leave it, in order; who left it takes no turn.

        The count comes after the caller has marked its call as dialed.
        """
        loop = asyncio.get_running_loop()
        async with self._gate:
            mine = max(self._next_turn, loop.time())
            await asyncio.sleep(mine - loop.time())
            self._next_turn = mine + 1 / self.network.account.cps
        loop.call_soon(self._count)

    def _count(self) -> None:
        self.most_active = max(self.most_active, self.active())

    def find(self, sid: str) -> LiveCall | None:
        """The call of that identifier."""
        return self.calls.get(sid)

    def update(self, live: LiveCall, form: Form) -> None:
        """`POST Calls/{sid}.json`. Raises `ApiError` 21220, 21205, 32018, 20001, 21208, 21209.

        A `StatusCallback` takes effect together with a new document only.
        """
        status, limit = first(form, "Status"), first(form, "TimeLimit")
        url, twiml = first(form, "Url"), first(form, "Twiml")
        if limit is not None:
            live.limit(seconds(form, "TimeLimit", 14_400, 86_400))
        if status is not None:
            self._end(live, status)
        elif url is not None or twiml is not None:
            self._redirect(live, form, url, twiml)

    def _end(self, live: LiveCall, status: str) -> None:
        call = live.call
        if status not in (Status.COMPLETED, Status.CANCELED):
            raise ApiError(20001, f"Status {status} is not one of canceled, completed.")
        if call.status.ended:
            raise ApiError(21220, "Call is not in-progress. Cannot redirect.")
        if call.status is Status.IN_PROGRESS:
            if status == Status.COMPLETED:
                live.end(Ending(Status.COMPLETED))
        else:
            live.end(Ending(Status.CANCELED, 487))

    def _redirect(self, live: LiveCall, form: Form, url: str | None, twiml: str | None) -> None:
        check_source(url, twiml)
        if live.call.status is not Status.IN_PROGRESS:
            raise ApiError(21220, "Call is not in-progress. Cannot redirect.")
        warnings: Warnings = []
        if url and twiml:
            warnings.append((32019, "Url and Twiml were given; Twiml is ignored"))
        told = callback(form, "StatusCallback", warnings)
        if told is not None:
            way = method(form, "StatusCallbackMethod")
            live.call.request = replace(
                live.call.request, status_callback=told, status_callback_method=way
            )
        self._warn(live.call, warnings)
        live.redirect(
            Source(
                text=None if url else twiml,
                url=url or "",
                method=method(form, "Method"),
                fallback_url=first(form, "FallbackUrl"),
                fallback_method=method(form, "FallbackMethod"),
            )
        )

    def delete(self, live: LiveCall) -> None:
        """`DELETE Calls/{sid}.json`. Raises `ApiError` 20009 while the call runs."""
        if not live.call.status.ended:
            raise ApiError(20009, "A call that has not ended cannot be deleted.")
        del self.calls[live.call.sid]
        self.network.webhooks.exchanges.forget(live.call.sid)

    async def close(self) -> None:
        """End everything at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.desk.close()
        await self.network.callbacks.close()
        await self.network.metronome.close()
        await self.network.webhooks.close()


async def _at_once() -> None:
    """A leg of `<Dial>` does not wait in the queue: CPS limits calls of the API only (Twilio)."""
