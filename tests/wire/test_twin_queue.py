"""The carrier's queue in virtual time: calls per second, order, 24 hours."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from wire.twin_under_test import AC, BUSY, OWN, SCENARIO, TOKEN

from calls.virtual_time import run_virtually
from media.simulator.account import Account
from media.simulator.people.scenario import parse
from media.simulator.records.call import Status
from media.simulator.server import Setup, Twin

FORM = {"To": [BUSY], "From": [OWN], "Twiml": ["<Response/>"]}


class LoopClock:
    """Tells the loop's time."""

    def now(self):
        return datetime(2027, 1, 1, tzinfo=UTC) + timedelta(
            seconds=asyncio.get_running_loop().time()
        )


async def exchange(**changes):
    account = Account(AC, TOKEN, frozenset({OWN}), ring_scale=0.0, **changes)
    return Twin(Setup(account, parse(SCENARIO, Random(1)), LoopClock(), Random(7))).exchange


async def over(calls):
    while not all(call.status.ended for call in calls):
        await asyncio.sleep(1)


def test_calls_leave_the_queue_one_after_the_other_and_nobody_waits_for_a_canceled_one():
    async def work():
        switch = await exchange(cps=0.5)
        calls = [switch.create(FORM) for _ in range(6)]
        await asyncio.sleep(0.5)
        switch.update(switch.calls[calls[2].sid], {"Status": ["canceled"]})
        await over(calls)
        waited = [call.queue_time_ms for call in calls if call.dialed]
        await switch.close()
        return waited, calls[2].status, calls[2].dialed

    waited, status, dialed = run_virtually(work())
    assert waited == pytest.approx([0, 2000, 4000, 6000, 8000], abs=1)
    assert (status, dialed) == (Status.CANCELED, False)


def test_a_day_in_the_queue_is_the_end_without_a_word():
    async def work():
        switch = await exchange(cps=1 / 90_000)
        form = {**FORM, "StatusCallback": ["http://127.0.0.1:1/status"]}
        first, second = switch.create(FORM), switch.create(form)
        await over([first])
        began = asyncio.get_running_loop().time()
        await over([second])
        hours = (asyncio.get_running_loop().time() - began) / 3600
        told = switch.network.webhooks.exchanges.of(second.sid)
        await switch.close()
        return first.status, second.status, second.price, hours, told

    first, second, price, hours, told = run_virtually(work())
    assert (first, second, price) == (Status.BUSY, Status.CANCELED, None)
    assert hours == pytest.approx(24, abs=0.01) and told == []


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_of_calls_counts_those_in_the_queue(limit):
    async def work():
        switch = await exchange(cps=0.01, max_calls=limit, limit_fails_call=True)
        calls = [switch.create(FORM) for _ in range(4)]
        await asyncio.sleep(0)
        failed = [call.status for call in calls].count(Status.FAILED)
        codes = switch.network.debugger.codes()
        await switch.close()
        return failed, codes

    failed, codes = run_virtually(work())
    assert (failed, set(codes)) == (4 - limit, {10004})
