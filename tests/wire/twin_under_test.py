"""A twin on loopback with the checked official client beside it."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from wire.openapi_contract import checked_client

from media.simulator.account import Account
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.server import Setup, Twin

AC, TOKEN = "AC" + "a1" * 16, "secret"
OWN, CALLEE, BUSY = "+13125550100", "+12125550123", "+12125550124"
ALASKA = "+19075550123"
SCENARIO = f"""
callees:
  "{CALLEE}": {{ring_s: 0}}
  "{ALASKA}": {{ring_s: 0}}
  "{BUSY}": {{pickup: busy, ring_s: 0}}
"""
HOLD = "<Response><Pause length='60'/></Response>"


def twin(**changes: Any) -> Twin:
    """Quick and generous where `changes` do not say otherwise."""
    settings = {
        "sid": AC,
        "auth_token": TOKEN,
        "numbers": frozenset({OWN}),
        "cps": 1000.0,
        "ring_scale": 0.0,
        "price_delay_s": 0.0,
        "blocked": frozenset({"+12125550199"}),
        **changes,
    }
    return Twin(Setup(Account(**settings), parse(SCENARIO, Random(1)), ShiftedClock(), Random(7)))


def with_client(work: Callable[[Client, Twin], Any], token: str = TOKEN, **changes: Any) -> Any:
    """Run `work(client, twin)` in a thread beside a running twin."""

    async def run() -> Any:
        async with twin(**changes) as running:
            return await asyncio.to_thread(work, checked_client(running.url, AC, token), running)

    return asyncio.run(run())


def until(client: Client, sid: str, *statuses: str) -> CallInstance:
    """The call once it has one of the statuses."""
    for _ in range(2000):
        call = client.calls(sid).fetch()
        if call.status in statuses:
            return call
    raise AssertionError(f"still {call.status}")


def settled(client: Client, sid: str) -> CallInstance:
    """The call once it has its price."""
    for _ in range(2000):
        call = client.calls(sid).fetch()
        if call.price is not None:
            return call
    raise AssertionError("no price")
