"""Who may use the API and the console: the holder of API_TOKEN, by header or by cookie."""

import hashlib
import hmac

from fastapi import Request

from dialer.errors import DialerError
from dialer.settings import Settings
from dialer.wiring import Product

COOKIE = "dialer_console"


class Refused(DialerError):
    """The request shows no token, or a wrong one (401)."""


def bearer(request: Request) -> None:
    """Let a request with `Authorization: Bearer <API_TOKEN>` pass. Raises `Refused` (401)."""
    product: Product = request.app.state.product
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_token(product.settings, token.strip()):
        raise Refused(
            "the request carries no valid token",
            "Send `Authorization: Bearer <API_TOKEN>`",
        )


def is_token(settings: Settings, text: str) -> bool:
    """Whether this is the token, in constant time. Raises `Refused` when none is set."""
    return hmac.compare_digest(_token(settings).encode(), text.encode())


def cookie_value(settings: Settings) -> str:
    """What the console's cookie holds: proof of the token, not the token."""
    return hmac.new(_token(settings).encode(), b"console", hashlib.sha256).hexdigest()


def has_cookie(request: Request) -> bool:
    """Whether the request carries the console's cookie."""
    product: Product = request.app.state.product
    shown = request.cookies.get(COOKIE, "")
    return hmac.compare_digest(cookie_value(product.settings).encode(), shown.encode())


def _token(settings: Settings) -> str:
    token = settings.api_token.get_secret_value()
    if not token:
        raise Refused("API_TOKEN is not set, so nobody is let in", "Set API_TOKEN and restart")
    return token
