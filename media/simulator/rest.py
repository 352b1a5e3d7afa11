"""The REST face of the carrier under `/2010-04-01/Accounts/{sid}`."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable

from aiohttp import web

from media.simulator.errors import ApiError, not_found
from media.simulator.exchange import Exchange
from media.simulator.faults import CreateFault, Faults
from media.simulator.listing import page
from media.simulator.live_call import LiveCall
from media.simulator.resource import API, call_json
from media.simulator.usage import daily

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_NEVER_S = 300.0
"""How long an answer that never comes keeps its connection."""
_INJECTED = {
    CreateFault.TOO_MANY: ApiError(20429, "Too Many Requests"),
    CreateFault.BROKEN: ApiError(20500, "Internal Server Error"),
    CreateFault.UNAVAILABLE: ApiError(20503, "Service Unavailable"),
    CreateFault.TOO_MANY_CALLS: ApiError(10004, "Call concurrency limit exceeded"),
}


def refusal(error: ApiError) -> web.Response:
    """The error as the API answers it."""
    response = web.json_response(error.body(), status=error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


class Rest:
    """Handlers of the calls, the balance and the usage records."""

    def __init__(self, exchange: Exchange, faults: Faults) -> None:
        self._exchange = exchange
        self._faults = faults
        self._account = exchange.network.account
        self._running = 0

    def routes(self) -> list[web.RouteDef]:
        """All routes; every other path under the API answers 20404."""
        root = f"{API}/Accounts/{{account}}"
        return [
            web.post(f"{root}/Calls.json", self._guarded(self._create)),
            web.get(f"{root}/Calls.json", self._guarded(self._list)),
            web.get(f"{root}/Calls/{{sid}}.json", self._guarded(self._fetch)),
            web.post(f"{root}/Calls/{{sid}}.json", self._guarded(self._update)),
            web.delete(f"{root}/Calls/{{sid}}.json", self._guarded(self._delete)),
            web.get(f"{root}/Balance.json", self._guarded(self._balance)),
            web.get(f"{root}/Usage/Records/Daily.json", self._guarded(self._usage)),
            web.route("*", f"{API}/{{path:.*}}", self._guarded(self._nothing)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self._running += 1
            try:
                self._authorize(request)
                response = await handler(request)
            except ApiError as error:
                response = refusal(error)
            finally:
                self._running -= 1
            response.headers["Twilio-Concurrent-Requests"] = str(self._running + 1)
            return response

        return guarded

    def _authorize(self, request: web.Request) -> None:
        known = {self._account.sid: self._account.auth_token, **self._account.keys}
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name, secret = "", ""
        if scheme.lower() != "basic" or not secret or known.get(name) != secret:
            raise ApiError(20003, "Authenticate")
        if request.match_info.get("account", self._account.sid) != self._account.sid:
            raise not_found(request.path)

    def _find(self, request: web.Request) -> LiveCall:
        live = self._exchange.find(request.match_info["sid"])
        if live is None:
            raise not_found(request.path)
        return live

    def _call(self, live: LiveCall, status: int = 200) -> web.Response:
        return web.json_response(call_json(live.call, self._account.sid), status=status)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        fault = self._faults.next_create()
        if fault in _INJECTED:
            raise _INJECTED[fault]
        if fault is CreateFault.REFUSE:
            return _break(request)
        call = self._exchange.create(await _form(request))
        if fault is CreateFault.LOST:
            return _break(request)
        if fault is CreateFault.TIMEOUT:
            await asyncio.sleep(_NEVER_S)
        return self._call(self._exchange.calls[call.sid], 201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        calls = [live.call for live in self._exchange.calls.values()]
        shown, fields = page(calls, dict(request.query), request.path)
        body = {"calls": [call_json(call, self._account.sid) for call in shown], **fields}
        return web.json_response(body)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        return self._call(self._find(request))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        live = self._find(request)
        self._exchange.update(live, await _form(request))
        await asyncio.sleep(0)
        return self._call(live)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._exchange.delete(self._find(request))
        return web.Response(status=204)

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        balance = self._account.balance - self._exchange.spent
        return web.json_response(
            {"account_sid": self._account.sid, "balance": f"{balance:.4f}", "currency": "USD"}
        )

    async def _usage(self, request: web.Request) -> web.StreamResponse:
        calls = [live.call for live in self._exchange.calls.values()]
        now = self._exchange.network.clock.now()
        return web.json_response(daily(calls, self._account, request.query, request.path, now))

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        raise not_found(request.path)


async def _form(request: web.Request) -> dict[str, list[str]]:
    fields = await request.post()
    return {key: [str(value) for value in fields.getall(key)] for key in fields}


def _break(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
