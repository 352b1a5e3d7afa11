"""A peer's ASGI application on loopback, and the proxy in front of it that ends TLS."""

import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import uvicorn

App = Callable[[MutableMapping[str, Any], Any, Any], Awaitable[None]]


@contextlib.contextmanager
def served(app: App) -> Iterator[str]:
    """Serve in a thread; gives `127.0.0.1:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def behind_proxy(app: App, http: str = "http", websocket: str = "https", host: str = "") -> App:
    """Add what a proxy says of the request that came to it: the scheme, and another host."""

    async def forwarded(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            scheme = websocket if scope["type"] == "websocket" else http
            added = [(b"x-forwarded-proto", scheme.encode())]
            added += [(b"x-forwarded-host", host.encode())] if host else []
            scope = {**scope, "headers": [*scope["headers"], *added]}
        await app(scope, receive, send)

    return forwarded
