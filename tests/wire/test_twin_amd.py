"""Machine detection over the wire: who is told what, and when; in virtual time."""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from aiohttp import web
from socket_time import in_virtual_time

from media.simulator.account import Account
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.records.call import Call
from media.simulator.server import Setup, Twin

AC, OWN = "AC" + "a1" * 16, "+13125550100"
HUMAN, MACHINE, FAX, GONE = "+12125550101", "+12125550102", "+12125550103", "+12125550104"
SCENARIO = f"""
defaults: {{ring_s: 0}}
callees:
  "{HUMAN}": {{script: [{{greet: slt-hello}}]}}
  "{MACHINE}": {{voicemail: {{greeting: slt-greeting}}}}
  "{FAX}": {{fax: ced}}
  "{GONE}": {{script: [{{hang_up: now}}]}}
"""
Requests = list[tuple[float, str, dict[str, str]]]


def call(to: str, form: Mapping[str, str], **account: Any) -> tuple[Call, Requests]:
    """Place one call with `form`; the record and what the customer was asked, with its time."""

    async def run() -> tuple[Call, Requests]:
        loop = asyncio.get_running_loop()
        asked: Requests = []

        async def customer(request: web.Request) -> web.Response:
            fields = {key: str(value) for key, value in (await request.post()).items()}
            asked.append((loop.time(), request.path, fields))
            return web.Response(text=DOCUMENT, content_type="text/xml")

        app = web.Application()
        app.router.add_post("/{name}", customer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        filled = {key: value.replace("ORIGIN", origin) for key, value in form.items()}
        settings = Account(
            AC, "secret", frozenset({OWN}), cps=1000.0, ring_scale=0.0, price_delay_s=0.0, **account
        )
        people = parse(SCENARIO, Random(1))
        async with Twin(Setup(settings, people, ShiftedClock(), Random(7))) as twin:
            fields = {"To": to, "From": OWN, "StatusCallback": f"{origin}/status", **filled}
            made = twin.exchange.create({key: [value] for key, value in fields.items()})
            while not made.status.ended:
                await asyncio.sleep(0.5)
            await asyncio.sleep(1)
        await runner.cleanup()
        return made, asked

    return in_virtual_time(run())


DOCUMENT = "<Response><Pause length='20'/></Response>"
SYNC = {"Url": "ORIGIN/twiml", "MachineDetection": "Enable"}
ASYNC = {**SYNC, "AsyncAmd": "true", "AsyncAmdStatusCallback": "ORIGIN/amd"}


def of(asked: Requests, path: str) -> list[dict[str, str]]:
    return [fields for _, where, fields in asked if where == path]


@pytest.mark.parametrize(
    ("to", "found"), [(HUMAN, "human"), (MACHINE, "machine_start"), (FAX, "fax")]
)
def test_who_waits_is_told_with_the_first_document(to: str, found: str) -> None:
    made, asked = call(to, SYNC)
    (document,) = of(asked, "/twiml")
    assert document["AnsweredBy"] == found == made.answered_by
    assert 500 < int(document["MachineDetectionDuration"]) < 5000
    assert of(asked, "/status")[-1]["AnsweredBy"] == found


def test_who_does_not_wait_has_the_document_at_once_and_one_callback_later() -> None:
    made, asked = call(MACHINE, {**ASYNC, "MachineDetection": "DetectMessageEnd"})
    (document,) = of(asked, "/twiml")
    assert "AnsweredBy" not in document
    (told,) = of(asked, "/amd")
    assert told["AnsweredBy"] == "machine_end_beep" == made.answered_by
    assert told.keys() == {"CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration"}
    times = {path: at for at, path, _ in asked}
    assert times["/amd"] - times["/twiml"] > 4
    assert abs(times["/amd"] - times["/twiml"] - int(told["MachineDetectionDuration"]) / 1000) < 0.1


def test_with_a_document_in_the_request_the_answer_of_a_wait_is_lost() -> None:
    """As with the carrier: nothing is fetched that could carry it."""
    made, asked = call(HUMAN, {"Twiml": DOCUMENT, "MachineDetection": "Enable"})
    assert [path for _, path, _ in asked] == ["/status"]
    assert made.answered_by == "human"


def test_nothing_is_told_of_a_call_that_ends_before() -> None:
    made, asked = call(GONE, ASYNC)
    assert made.answered_by is None
    assert of(asked, "/amd") == [] and "AnsweredBy" not in of(asked, "/status")[-1]


def test_without_it_nobody_listens() -> None:
    made, asked = call(HUMAN, {"Url": "ORIGIN/twiml"})
    assert made.answered_by is None and "AnsweredBy" not in of(asked, "/twiml")[0]


def test_errors_come_as_often_as_the_account_says() -> None:
    made, _ = call(HUMAN, ASYNC, detection_errors={"human": 1.0})
    assert made.answered_by == "machine_start"
