"""`Calls.json` and `Calls/{sid}.json`."""

import asyncio

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.live_call import LiveCall
from media.simulator.errors import not_found
from media.simulator.rest.call_filter import matches
from media.simulator.rest.guard import Guard, form_of
from media.simulator.rest.paging import page
from media.simulator.rest.resource import ACCOUNT, call_json


class Calls:
    """Create, list, fetch, update and delete."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        one = f"{ACCOUNT}/Calls/{{sid}}.json"
        return [
            web.post(f"{ACCOUNT}/Calls.json", guarded(self._create)),
            web.get(f"{ACCOUNT}/Calls.json", guarded(self._list)),
            web.get(one, guarded(self._fetch)),
            web.post(one, guarded(self._update)),
            web.delete(one, guarded(self._delete)),
        ]

    def _find(self, request: web.Request) -> LiveCall:
        live = self._exchange.find(request.match_info["sid"])
        if live is None:
            raise not_found(request.path)
        return live

    def _call(self, live: LiveCall, status: int = 200) -> web.Response:
        return web.json_response(call_json(live.call, self._account.sid), status=status)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        call = self._exchange.create(await form_of(request))
        return self._call(self._exchange.calls[call.sid], 201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        calls = [live.call for live in self._exchange.calls.values()]
        found = [call for call in calls if matches(call, request.query)]
        shown, fields = page(found, dict(request.query), request.path)
        body = {"calls": [call_json(call, self._account.sid) for call in shown], **fields}
        return web.json_response(body)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        return self._call(self._find(request))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        live = self._find(request)
        self._exchange.update(live, await form_of(request))
        await asyncio.sleep(0)
        return self._call(live)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._exchange.delete(self._find(request))
        return web.Response(status=204)
