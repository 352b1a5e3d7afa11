"""`Balance.json` and `Usage/Records`."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.rest.guard import Guard, Handler
from media.simulator.rest.paging import page
from media.simulator.rest.periods import KINDS
from media.simulator.rest.resource import ACCOUNT
from media.simulator.rest.usage import Asked, records


class Money:
    """What is left, and what was billed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        usage = f"{ACCOUNT}/Usage/Records"
        return [
            web.get(f"{ACCOUNT}/Balance.json", guarded(self._balance)),
            web.get(f"{usage}.json", guarded(self._usage(""))),
            *(web.get(f"{usage}/{kind}.json", guarded(self._usage(kind))) for kind in KINDS),
        ]

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        balance = f"{self._exchange.balance:.4f}"
        return web.json_response(
            {"account_sid": self._account.sid, "balance": balance, "currency": "USD"}
        )

    def _usage(self, kind: str) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            network = self._exchange.network
            asked = Asked(self._account.sid, kind, request.query, network.clock.now())
            shown, fields = page(records(network.bill, asked), request.query, request.path)
            return web.json_response({"usage_records": [row.body for row in shown], **fields})

        return answer
