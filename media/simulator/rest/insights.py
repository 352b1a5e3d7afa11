"""Insights v1 (`insights.twilio.com`): the summary of a call."""

from datetime import datetime

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.errors import not_found
from media.simulator.records.call import Status
from media.simulator.rest.guard import Guard

_ORIGIN = "https://insights.twilio.com"
_STATES = {Status.NO_ANSWER: "noanswer", Status.IN_PROGRESS: "answered"}
"""Where the summary has another word than the call."""


class Insights:
    """Summaries, partial while a call runs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes of the product; another host's paths on the same origin."""
        return [web.get("/v1/Voice/{call}/Summary", guarded(self._summary))]

    async def _summary(self, request: web.Request) -> web.StreamResponse:
        live = self._exchange.find(request.match_info["call"])
        if live is None:
            raise not_found(request.path)
        call = live.call
        body: dict[str, object] = {
            "account_sid": self._exchange.network.account.sid,
            "call_sid": call.sid,
            "call_type": "carrier",
            "call_state": _STATES.get(call.status, call.status.value),
            "answered_by": call.answered_by or "unknown",
            "processing_state": "complete" if call.status.ended else "partial",
            "created_time": _iso(call.created_at),
            "start_time": _iso(call.started_at),
            "end_time": _iso(call.ended_at),
            "duration": _between(call.started_at, call.ended_at),
            "connect_duration": call.duration_s,
            "from": {"caller": call.request.from_},
            "to": {"callee": call.request.to},
            "carrier_edge": None,
            "client_edge": None,
            "sdk_edge": None,
            "sip_edge": None,
            "tags": [],
            "url": f"{_ORIGIN}{request.path}",
            "attributes": None,
            "properties": {
                "direction": call.direction.value.replace("-", "_"),
                "last_sip_response_num": call.sip_code,
                "queue_time": call.queue_time_ms,
            },
            "trust": None,
            "annotation": None,
        }
        return web.json_response(body)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _between(started: datetime | None, ended: datetime | None) -> int | None:
    return None if started is None or ended is None else round((ended - started).total_seconds())
