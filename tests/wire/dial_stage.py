"""A twin in virtual time, a customer's server beside it, and who hears whom."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import web
from socket_time import in_virtual_time

from media.simulator.account import Account
from media.simulator.calls.live_call import LiveCall
from media.simulator.clock import ShiftedClock
from media.simulator.people.scenario import parse
from media.simulator.server import Setup, Twin

AC, OWN = "AC" + "a1" * 16, "+13125550100"
LEAD, AGENT, BUSY, DEAF, THIRD, SCREENER = (f"+1212555010{n}" for n in range(1, 7))
SCENARIO = f"""
defaults: {{ring_s: 2}}
callees:
  "{LEAD}": {{ring_s: 0, script: [{{wait_ms: 6000}}, {{say: slt-thinking}}]}}
  "{AGENT}": {{ring_s: 0, script: [{{wait_ms: 9000}}, {{say: rms-half-million}}]}}
  "{BUSY}": {{pickup: busy}}
  "{DEAF}": {{pickup: no_answer}}
  "{THIRD}": {{ring_s: 4, script: [{{wait_ms: 2000}}, {{hang_up: now}}]}}
  "{SCREENER}":
    ring_s: 0
    script: [{{wait_ms: 4000}}, {{press: "1"}}, {{wait_ms: 12000}}, {{say: rms-half-million}}]
"""


@dataclass
class Scene:
    """A twin and a customer that answers every request with what is in `documents`."""

    twin: Twin
    origin: str
    documents: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    reactions: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What the customer does when he is asked for a path, before he answers."""
    streamed: list[str] = field(default_factory=list)
    """Events of the media streams to `/media`."""

    def place(self, to: str, twiml: str) -> LiveCall:
        fields = {"To": to, "From": OWN, "Twiml": self.filled(twiml)}
        made = self.twin.exchange.create({key: [value] for key, value in fields.items()})
        return self.twin.exchange.calls[made.sid]

    def filled(self, twiml: str) -> str:
        """With the customer's address, for requests and for sockets."""
        sockets = self.origin.replace("http", "wss")
        return twiml.replace("ORIGIN", self.origin).replace("SOCKETS", sockets)

    def send_to(self, live: LiveCall, twiml: str) -> None:
        """Update a call with another document, as REST does."""
        self.twin.exchange.update(live, {"Twiml": [self.filled(twiml)]})

    def legs_of(self, live: LiveCall) -> list[LiveCall]:
        calls = self.twin.exchange.calls.values()
        return [one for one in calls if one.call.parent_sid == live.call.sid]

    async def quiet(self) -> None:
        """Until every call is over and paid for."""
        while any(not one.call.status.ended for one in self.twin.exchange.calls.values()):
            await asyncio.sleep(0.2)
        await asyncio.sleep(4)

    def told(self, path: str) -> list[dict[str, str]]:
        return [fields for where, fields in self.asked if where == path]


def scene(work: Any, **account: Any) -> Any:
    async def run() -> Any:
        settings = Account(
            AC,
            "secret",
            frozenset({OWN}),
            1000.0,
            ring_scale=1.0,
            price_delay_s=0.0,
            post_dial_s=(0.0, 0.0),
            **account,
        )
        people = parse(SCENARIO, Random(1))
        async with Twin(Setup(settings, people, ShiftedClock(), Random(7))) as twin:
            at = Scene(twin, "")

            async def customer(request: web.Request) -> web.Response:
                fields = {key: str(value) for key, value in (await request.post()).items()}
                at.asked.append((request.path, fields))
                at.reactions.get(request.path, lambda: None)()
                document = at.filled(at.documents.get(request.path, "<Response/>"))
                return web.Response(text=document, content_type="text/xml")

            async def media(request: web.Request) -> web.WebSocketResponse:
                socket = web.WebSocketResponse()
                await socket.prepare(request)
                async for message in socket:
                    at.streamed.append(json.loads(message.data)["event"])
                return socket

            app = web.Application()
            app.router.add_get("/media", media)
            app.router.add_post("/{name}", customer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            at.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                return await work(at)
            finally:
                await runner.cleanup()

    return in_virtual_time(run())


def heard_ms(live: LiveCall) -> list[tuple[int, int]]:
    assert live.line is not None
    return [(one.started // 8, one.ended // 8) for one in live.line.callee.heard()]


def said_ms(live: LiveCall) -> list[tuple[int, int]]:
    assert live.line is not None
    return [(one.started // 8, one.ended // 8) for one in live.line.callee.diary.said]


def hears(listener: LiveCall, talker: LiveCall, *, offset_ms: int) -> bool:
    """Whether the talker's words reached the listener's ear, whose line began `offset_ms` later."""
    ((begun, ended),) = said_ms(talker)
    return any(
        started - 150 <= begun - offset_ms <= started + 150 and stopped >= ended - offset_ms - 900
        for started, stopped in heard_ms(listener)
    )
