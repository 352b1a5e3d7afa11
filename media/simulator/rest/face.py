"""The REST face of the carrier: which resource answers where.

Products that have hosts of their own (pricing, insights, voice) answer on the same origin by path.
"""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.errors import ApiError, not_found
from media.simulator.faults import Faults
from media.simulator.rest.calls import Calls
from media.simulator.rest.conferences import Conferences
from media.simulator.rest.guard import Guard
from media.simulator.rest.history import History
from media.simulator.rest.insights import Insights
from media.simulator.rest.money import Money
from media.simulator.rest.numbers import Numbers
from media.simulator.rest.participants import Participants
from media.simulator.rest.permissions import Permissions
from media.simulator.rest.pricing import Pricing
from media.simulator.rest.recordings import Recordings
from media.simulator.rest.resource import ACCOUNT, API
from media.simulator.rest.streams import Streams

_NOT_PLAYED = (
    "Payments",
    "Siprec",
    "Transcriptions",
    "UserDefinedMessages",
    "UserDefinedMessageSubscriptions",
)
"""What a call's `subresource_uris` name beyond the things that an outbound dialer needs."""


def routes(exchange: Exchange, faults: Faults) -> list[web.RouteDef]:
    """All routes; every other path under the API answers 20404, another method 20004."""
    network = exchange.network
    guarded = Guard(network.account, faults)
    call = f"{ACCOUNT}/Calls/{{call}}"
    return [
        *Calls(exchange).routes(guarded),
        *History(exchange).routes(guarded),
        *Money(exchange).routes(guarded),
        *Insights(exchange).routes(guarded),
        *Permissions(network.account).routes(guarded),
        *Pricing(network.account).routes(guarded),
        *Numbers(network.account, network.clock).routes(guarded),
        *Conferences(exchange).routes(guarded),
        *Participants(exchange).routes(guarded),
        *Recordings(exchange).routes(guarded),
        *Streams(exchange).routes(guarded),
        *(web.post(f"{call}/{one}.json", guarded(_not_played)) for one in _NOT_PLAYED),
        *(web.route("*", f"{stem}/{{path:.*}}", guarded(_nothing)) for stem in (API, "/v1", "/v2")),
    ]


async def _not_played(request: web.Request) -> web.StreamResponse:
    raise ApiError(20404, f"{request.path}: the carrier twin does not play this feature")


async def _nothing(request: web.Request) -> web.StreamResponse:
    here = request.match_info.route.resource
    for resource in request.app.router.resources():
        if resource is not here and (await resource.resolve(request))[1]:
            raise ApiError(20004, f"Method {request.method} is not allowed for {request.path}")
    raise not_found(request.path)
