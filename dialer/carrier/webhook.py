"""Checks that a webhook or a media stream was really signed by the carrier."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator


class Signatures:
    """Twilio's signature over the public URL, whatever proxies made of the request's own URL."""

    def __init__(self, auth_token: str, public_url: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._origin = public_url
        self._stream_origin = f"wss://{urlsplit(public_url).netloc}"

    def form(self, path: str, fields: Mapping[str, Any], signature: str) -> bool:
        """A form POST to `path` (with query, if any)."""
        return self._ok(self._origin + path, fields, signature)

    def stream(self, path: str, signature: str) -> bool:
        """The upgrade request of a media stream: signed as wss, without parameters."""
        return self._ok(self._stream_origin + path, {}, signature)

    def _ok(self, url: str, fields: Mapping[str, Any], signature: str) -> bool:
        return bool(signature) and bool(self._validator.validate(url, fields, signature))
