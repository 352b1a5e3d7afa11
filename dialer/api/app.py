"""The web process: REST API, console, carrier webhooks and the media gateway."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dialer import settings as configuration
from dialer import telemetry
from dialer.api import carrier, media, v1
from dialer.api.media_relay import RelayServer
from dialer.console import pages
from dialer.errors import Conflict, DialerError, InputError, NotFound, Unavailable
from dialer.wiring import Product

_STATUS: dict[type[DialerError], int] = {
    InputError: 422,
    NotFound: 404,
    Conflict: 409,
    Unavailable: 503,
}


def create_app(product: Product | None = None) -> FastAPI:
    """The ASGI application; uvicorn calls this factory in each web process."""
    it = product or Product(configuration.current())
    telemetry.configure(it.settings.log_level)
    app = FastAPI(title="Batch dialer", version="1", lifespan=_lifespan)
    app.state.product = it
    app.add_exception_handler(DialerError, _problem)
    for router in (carrier.router, media.router, v1.router, pages.router):
        app.include_router(router)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The relay's socket lives as long as the process, in a directory that only we can enter."""
    with tempfile.TemporaryDirectory(prefix="dialer-relay-") as directory:
        relay = RelayServer(Path(directory))
        await relay.start()
        app.state.relay = relay
        yield
        await relay.close()


def _problem(_: Request, error: Exception) -> JSONResponse:
    """An operator's error as problem+json (RFC 9457) with the remedy."""
    status = _STATUS.get(type(error), 500) if isinstance(error, DialerError) else 500
    problem = getattr(error, "problem", str(error))
    body = {"title": problem, "status": status, "remedy": getattr(error, "remedy", "")}
    return JSONResponse(body, status, media_type="application/problem+json")
