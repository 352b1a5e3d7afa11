"""`Calls/{sid}/Streams.json` and `Streams/{name or sid}.json`: one-way streams by REST."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.form import Form, first, method
from media.simulator.clock import rfc2822
from media.simulator.errors import ApiError, not_found
from media.simulator.records.call import Status
from media.simulator.rest.guard import Guard, form_of
from media.simulator.rest.resource import ACCOUNT, API
from media.simulator.stream.one_way import TRACKS, OneWayStream, OneWayStreams
from media.simulator.twiml.verbs import StartStream

_MOST_PARAMETERS = 99


class Streams:
    """Start and stop."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        stem = f"{ACCOUNT}/Calls/{{sid}}/Streams"
        return [
            web.post(f"{stem}.json", guarded(self._create)),
            web.post(f"{stem}/{{stream}}.json", guarded(self._update)),
        ]

    def _of_call(self, request: web.Request) -> OneWayStreams:
        """Raises `ApiError` 20404, 21220."""
        live = self._exchange.find(request.match_info["sid"])
        if live is None:
            raise not_found(request.path)
        if live.conversation is None or live.call.status is not Status.IN_PROGRESS:
            raise ApiError(21220, "Call is not in-progress.")
        return live.conversation.streams

    async def _create(self, request: web.Request) -> web.StreamResponse:
        streams = self._of_call(request)
        stream = streams.start(_verb(await form_of(request)))
        if stream is None:
            raise ApiError(31941, "The call cannot have this stream beside those that it has.")
        return web.json_response(self._json(request, stream, "in-progress"))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        stream = self._of_call(request).find(request.match_info["stream"])
        if stream is None:
            raise not_found(request.path)
        if first(await form_of(request), "Status") != "stopped":
            raise ApiError(20001, "Status must be stopped.")
        stream.stop()
        return web.json_response(self._json(request, stream, "stopped"))

    def _json(self, request: web.Request, stream: OneWayStream, status: str) -> dict[str, object]:
        account, call = self._account.sid, request.match_info["sid"]
        return {
            "sid": stream.sid,
            "account_sid": account,
            "call_sid": call,
            "name": stream.name,
            "status": status,
            "date_updated": rfc2822(stream.updated_at),
            "uri": f"{API}/Accounts/{account}/Calls/{call}/Streams/{stream.sid}.json",
        }


def _verb(form: Form) -> StartStream:
    """Raises `ApiError` 21205, 31922, 31941."""
    url, track = first(form, "Url"), first(form, "Track") or "inbound_track"
    if url is None:
        raise ApiError(21205, "Url parameter is required.")
    if not url.startswith("wss://"):
        raise ApiError(31922, f"Stream url {url} is not wss.")
    if track not in TRACKS:
        raise ApiError(31941, f"Track must be one of {', '.join(TRACKS)}.")
    return StartStream(
        url=url,
        name=first(form, "Name") or "",
        track=track,
        parameters=_parameters(form),
        status_callback=first(form, "StatusCallback"),
        status_callback_method=method(form, "StatusCallbackMethod"),
    )


def _parameters(form: Form) -> dict[str, str]:
    """`Parameter1.Name` and `Parameter1.Value`, and so on to 99."""
    return {
        name: first(form, f"Parameter{number}.Value") or ""
        for number in range(1, _MOST_PARAMETERS + 1)
        if (name := first(form, f"Parameter{number}.Name")) is not None
    }
