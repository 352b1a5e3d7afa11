"""What stands in front of every REST handler: credentials, refusals, the count of requests."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from media.simulator.account import Account
from media.simulator.errors import ApiError, not_found
from media.simulator.faults import Faults, RestFault

_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_NEVER_S = 300.0
"""How long an answer that never comes keeps its connection."""
_INJECTED = {
    RestFault.TOO_MANY: ApiError(20429, "Too Many Requests"),
    RestFault.BROKEN: ApiError(20500, "Internal Server Error"),
    RestFault.UNAVAILABLE: ApiError(20503, "Service Unavailable"),
    RestFault.TOO_MANY_CALLS: ApiError(10004, "Call concurrency limit exceeded"),
}


def refusal(error: ApiError) -> web.Response:
    """The error as the API answers it."""
    response = web.json_response(error.body(), status=error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return response


class Guard:
    """Wraps handlers; HTTP Basic with the account's token or an API key."""

    def __init__(self, account: Account, faults: Faults) -> None:
        self._account = account
        self._faults = faults
        self._running = 0

    def __call__(self, handler: Handler) -> Handler:
        """The handler behind the checks; an `ApiError` becomes its answer."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            began_s = asyncio.get_running_loop().time()
            self._running += 1
            try:
                self._authorize(request)
                self._admit()
                response = await self._answer(handler, request)
            except ApiError as error:
                response = refusal(error)
            except web.HTTPException:
                raise
            except Exception:
                _log.exception("%s %s broke", request.method, request.path)
                response = refusal(ApiError(20500, "Internal Server Error"))
            finally:
                self._running -= 1
            took_s = asyncio.get_running_loop().time() - began_s
            response.headers["Twilio-Concurrent-Requests"] = str(self._running + 1)
            response.headers["Twilio-Request-Duration"] = f"{took_s:.3f}"
            return response

        return guarded

    async def _answer(self, handler: Handler, request: web.Request) -> web.StreamResponse:
        """What the handler says, or the trouble that was ordered for this request."""
        fault = self._faults.next_rest(request.method, request.path)
        if fault in _INJECTED:
            raise _INJECTED[fault]
        if fault is RestFault.REFUSE:
            return _break(request)
        response = await handler(request)
        if fault is RestFault.LOST:
            return _break(request)
        if fault is RestFault.TIMEOUT:
            await asyncio.sleep(_NEVER_S)
        return response

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

    def _admit(self) -> None:
        """A refused request was surely not processed."""
        if self._running > self._account.rest_at_once:
            raise ApiError(20429, "Too Many Requests")
        if self._account.suspended:
            raise ApiError(20005, f"Account {self._account.sid} is not active")


async def form_of(request: web.Request) -> dict[str, list[str]]:
    """The form of a request, every value of a repeated key kept."""
    fields = await request.post()
    return {key: [str(value) for value in fields.getall(key)] for key in fields}


def _break(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
