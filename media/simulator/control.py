"""The twin's own face under `/twin/`: state, troubles and the report. No carrier has this."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.live_call import LiveCall
from media.simulator.faults import Faults
from media.simulator.impairments import impairments
from media.simulator.report import call_report, summary


class Control:
    """Handlers for tests and for the demo."""

    def __init__(self, exchange: Exchange, faults: Faults, shut_down: Callable[[], None]) -> None:
        self._exchange = exchange
        self._faults = faults
        self._shut_down = shut_down

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/twin/report", self._report),
            web.get("/twin/calls", self._calls),
            web.get("/twin/calls/{sid}", self._call),
            web.post("/twin/calls/{sid}/drop-stream", self._drop),
            web.post("/twin/calls/{sid}/network", self._network),
            web.post("/twin/calls/{sid}/hang-up", self._hang_up),
            web.delete("/twin/pacing", self._measure_anew),
            web.get("/twin/debugger", self._debugger),
            web.get("/twin/faults", self._show_faults),
            web.post("/twin/faults", self._set_faults),
            web.delete("/twin/faults", self._clear_faults),
            web.post("/twin/shutdown", self._stop),
        ]

    def _find(self, request: web.Request) -> LiveCall:
        live = self._exchange.find(request.match_info["sid"])
        if live is None:
            raise web.HTTPNotFound
        return live

    async def _report(self, _: web.Request) -> web.Response:
        return web.json_response(summary(self._exchange))

    async def _calls(self, _: web.Request) -> web.Response:
        calls: list[dict[str, Any]] = [call_report(c) for c in self._exchange.calls.values()]
        return web.json_response({"calls": calls})

    async def _call(self, request: web.Request) -> web.Response:
        return web.json_response(call_report(self._find(request)))

    async def _drop(self, request: web.Request) -> web.Response:
        return web.json_response({"dropped": self._find(request).drop_stream()})

    async def _network(self, request: web.Request) -> web.Response:
        talk = self._find(request).conversation
        try:
            wanted = impairments(await request.json())
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"impaired": talk is not None and talk.impair(wanted)})

    async def _hang_up(self, request: web.Request) -> web.Response:
        return web.json_response({"hung_up": self._find(request).callee_hangs_up()})

    async def _measure_anew(self, _: web.Request) -> web.Response:
        self._exchange.network.metronome.forget()
        return web.json_response({})

    async def _debugger(self, _: web.Request) -> web.Response:
        return web.json_response({"alerts": self._exchange.network.debugger.json()})

    async def _show_faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._faults.json())

    async def _set_faults(self, request: web.Request) -> web.Response:
        try:
            self._faults.set(await request.json())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(self._faults.json())

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response(self._faults.json())

    async def _stop(self, _: web.Request) -> web.Response:
        self._shut_down()
        return web.Response(status=202)
