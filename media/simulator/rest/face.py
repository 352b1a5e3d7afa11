"""The REST face of the carrier under `/2010-04-01/Accounts/{sid}`: which resource answers where."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.errors import not_found
from media.simulator.faults import Faults
from media.simulator.rest.calls import Calls
from media.simulator.rest.guard import Guard
from media.simulator.rest.history import History
from media.simulator.rest.money import Money
from media.simulator.rest.numbers import Numbers
from media.simulator.rest.resource import API


def routes(exchange: Exchange, faults: Faults) -> list[web.RouteDef]:
    """All routes; every other path under the API answers 20404."""
    guarded = Guard(exchange.network.account)
    return [
        *Calls(exchange, faults).routes(guarded),
        *History(exchange).routes(guarded),
        *Money(exchange).routes(guarded),
        *Numbers(exchange.network.account, exchange.network.clock).routes(guarded),
        web.route("*", f"{API}/{{path:.*}}", guarded(_nothing)),
    ]


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise not_found(request.path)
