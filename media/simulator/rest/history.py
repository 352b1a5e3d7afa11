"""What befell a call: `Events` (requests to the customer) and `Notifications` (the debugger)."""

from collections.abc import Mapping

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.clock import rfc2822
from media.simulator.debugger import Alert
from media.simulator.errors import not_found
from media.simulator.rest.guard import Guard
from media.simulator.rest.moments import within
from media.simulator.rest.paging import Row, page
from media.simulator.rest.resource import ACCOUNT, API
from media.simulator.sids import sid_of
from media.simulator.webhooks.exchanges import Exchanged


class History:
    """Of one call; notifications of the whole account too."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account_sid = exchange.network.account.sid

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        call = f"{ACCOUNT}/Calls/{{call}}"
        return [
            web.get(f"{call}/Events.json", guarded(self._events)),
            web.get(f"{call}/Notifications.json", guarded(self._list)),
            web.get(f"{call}/Notifications/{{sid}}.json", guarded(self._fetch)),
            web.get(f"{ACCOUNT}/Notifications.json", guarded(self._list)),
            web.get(f"{ACCOUNT}/Notifications/{{sid}}.json", guarded(self._fetch)),
        ]

    def _call_sid(self, request: web.Request) -> str | None:
        """The call of the path, or None; of an unknown call nothing can be asked."""
        sid = request.match_info.get("call")
        if sid is not None and self._exchange.find(sid) is None:
            raise not_found(request.path)
        return sid

    async def _events(self, request: web.Request) -> web.StreamResponse:
        sid = self._call_sid(request)
        assert sid is not None
        made = self._exchange.network.webhooks.exchanges.of(sid)
        rows = [Row(sid_of("EV", f"{sid}{i}"), _event(one)) for i, one in enumerate(made)]
        shown, fields = page(rows[::-1], request.query, request.path)
        return web.json_response({"events": [row.body for row in shown], **fields})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        alerts = self._exchange.network.debugger.alerts(self._call_sid(request))
        found = [alert for alert in alerts if _wanted(alert, request.query)]
        shown, fields = page(found, request.query, request.path)
        bodies = [self._notification(alert, request) for alert in shown]
        return web.json_response({"notifications": bodies, **fields})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        for alert in self._exchange.network.debugger.alerts(self._call_sid(request)):
            if alert.sid == request.match_info["sid"]:
                whole = dict.fromkeys(("request_variables", "response_body", "response_headers"))
                return web.json_response(self._notification(alert, request) | whole)
        raise not_found(request.path)

    def _notification(self, alert: Alert, request: web.Request) -> dict[str, object]:
        stem = f"{API}/Accounts/{self._account_sid}"
        if "call" in request.match_info:
            stem += f"/Calls/{alert.call_sid}"
        at = rfc2822(alert.at)
        return {
            "sid": alert.sid,
            "account_sid": self._account_sid,
            "api_version": "2010-04-01",
            "call_sid": alert.call_sid,
            "date_created": at,
            "date_updated": at,
            "message_date": at,
            "error_code": str(alert.code),
            "log": "0" if alert.error else "1",
            "message_text": alert.text,
            "more_info": f"https://www.twilio.com/docs/errors/{alert.code}",
            **self._cause(alert),
            "uri": f"{stem}/Notifications/{alert.sid}.json",
        }

    def _cause(self, alert: Alert) -> dict[str, object]:
        """The last request to the customer before it; until there is one, the call's creation."""
        made = self._exchange.network.webhooks.exchanges.of(alert.call_sid or "")
        before = [one for one in made if one.at <= alert.at]
        if before:
            return {"request_method": before[-1].method, "request_url": before[-1].url}
        url = f"https://api.twilio.com{API}/Accounts/{self._account_sid}/Calls.json"
        return {"request_method": "POST", "request_url": url}


def _wanted(alert: Alert, query: Mapping[str, str]) -> bool:
    """`Log` is 0 for errors and 1 for warnings."""
    log = "0" if alert.error else "1"
    return query.get("Log", log) == log and within(alert.at, query, "MessageDate")


def _event(one: Exchanged) -> dict[str, object]:
    """A request that went out, and the answer as far as there was one."""
    answer = {
        "response_code": one.status,
        "request_duration": one.duration_ms,
        "content_type": one.content_type or None,
        "response_body": one.body or one.failed or None,
        "date_created": rfc2822(one.at),
    }
    return {
        "request": {"method": one.method, "url": one.url, "parameters": one.parameters},
        "response": answer,
    }
