"""`Balance.json` and `Usage/Records`."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.rest.guard import Guard
from media.simulator.rest.resource import ACCOUNT
from media.simulator.rest.usage import daily


class Money:
    """What is left, and what was billed."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        return [
            web.get(f"{ACCOUNT}/Balance.json", guarded(self._balance)),
            web.get(f"{ACCOUNT}/Usage/Records/Daily.json", guarded(self._usage)),
        ]

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        balance = self._account.balance - self._exchange.spent
        return web.json_response(
            {"account_sid": self._account.sid, "balance": f"{balance:.4f}", "currency": "USD"}
        )

    async def _usage(self, request: web.Request) -> web.StreamResponse:
        calls = [live.call for live in self._exchange.calls.values()]
        now = self._exchange.network.clock.now()
        return web.json_response(daily(calls, self._account, request.query, request.path, now))
