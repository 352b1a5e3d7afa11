"""Holds every REST answer of the twin against the carrier's published OpenAPI document.

A test gets the check for free by talking through `checked_client(twin.url, account_sid, token)`,
the official client, unchanged, whose every answer is checked when it comes; by `watch(client)` of
an official client with another transport; or, with another HTTP client, by handing each answer to
`assert_conforms(method, url, status, body)`. Wrong shapes,
missing or unknown keys, SIDs, dates and statuses raise AssertionError at the request that got them.

The document is data that lies beside the checkout, or where TWILIO_OPENAPI points, and no part
of the project. Without it the rules of `answer_rules.py` still hold, and a
test that asks for the fixture `published_document` is skipped with the reason.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from wire.answer_rules import FORMATS, assert_keeps_the_rules

ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"
RESOURCES = (
    "/Balance",
    "/Calls",
    "/Conferences",
    "/IncomingPhoneNumbers.json",
    "/IncomingPhoneNumbers/{Sid}.json",
    "/Notifications",
    "/OutgoingCallerIds",
    "/Recordings",
    "/Usage/Records",
)
ABSENT = "the carrier's OpenAPI document is not here; set TWILIO_OPENAPI"


def document_path() -> Path | None:
    """Where the document lies on this machine."""
    named = os.environ.get("TWILIO_OPENAPI")
    path = Path(named) if named else Path(__file__).parents[3] / "shared/spec"
    path = path / "twilio_api_v2010.json" if path.is_dir() else path
    return path if path.is_file() else None


@pytest.fixture(scope="session")
def published_document() -> OpenAPI:
    """For tests that mean nothing without the document."""
    found = contract()
    if found is None:
        pytest.skip(ABSENT)
    return found


@cache
def contract() -> OpenAPI | None:
    """The document's part about voice, closed: every key that it names must come, and no other."""
    path = document_path()
    if path is None:
        return None
    document = json.loads(path.read_text())
    stems = tuple(ACCOUNT + one for one in RESOURCES)
    document["paths"] = {p: v for p, v in document["paths"].items() if p.startswith(stems)}
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        _close(schema)
    _prices_are_strings(schemas)
    # Its own examples of running conferences, as the carrier, have null here.
    schemas["conference_enum_reason_conference_ended"]["nullable"] = True
    schemas["conference_enum_reason_conference_ended"]["enum"].append(None)
    config = Config(spec_validator_cls=None, extra_format_validators=FORMATS)
    return OpenAPI.from_dict(document, config=config)


def _close(schema: dict[str, Any]) -> None:
    if schema.get("type") == "object" and "properties" in schema:
        schema["required"] = sorted(schema["properties"])
        schema["additionalProperties"] = False


def _prices_are_strings(schemas: dict[str, Any]) -> None:
    """The schema of usage records wants a number where its own example, and the carrier, write
    a string."""
    for name, schema in schemas.items():
        if "usage_record" in name and "price" in schema.get("properties", {}):
            schema["properties"]["price"] = {"type": "string", "pattern": r"^\d+(\.\d+)?$"}


def assert_conforms(method: str, url: str, status: int, body: bytes) -> None:
    """Check one answer; `url` with or without host and query."""
    path = urlsplit(url).path
    assert_keeps_the_rules(path, status, body)
    document = contract()
    if document is None or status >= 400 or not path.startswith("/2010-04-01/"):
        return
    if "/Recordings/" in path and not path.endswith(".json"):
        return  # the sound itself
    request = MockRequest("https://api.twilio.com", method.lower(), path)
    answer = MockResponse(body, status, content_type="application/json")
    try:
        document.validate_response(request, answer)
    except OpenAPIError as error:
        reasons = "; ".join(_reasons(error))
        raise AssertionError(f"{method} {path} {status}: {reasons}") from error


def _reasons(error: BaseException) -> Iterator[str]:
    """What is wrong, from the deepest cause: the keys of the schema's errors, or the words."""
    while error.__cause__ is not None:
        error = error.__cause__
    found = list(getattr(error, "schema_errors", ()))
    for one in found:
        yield f"{'.'.join(map(str, one.absolute_path))}: {one.message}"
    if not found:
        yield str(error)


class CheckedHttpClient(TwilioHttpClient):
    """Sends the official client's requests to the twin, checks and keeps the answers."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self.base = urlsplit(base)
        self.answers: list[tuple[str, str, Response]] = []

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)
        kwargs["headers"] = {**(kwargs.get("headers") or {}), "X-Original-Host": parts.netloc}
        target = urlunsplit(parts._replace(scheme="http", netloc=self.base.netloc))
        answer = super().request(method, target, *args, **kwargs)
        self.answers.append((method, url, answer))
        assert_conforms(method, url, answer.status_code, (answer.text or "").encode())
        return answer


def watch(client: Client) -> Client:
    """The same client with its own transport, every answer of which is checked from now on."""
    inner = client.http_client.request

    def request(method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        answer = inner(method, url, *args, **kwargs)
        assert_conforms(method, url, answer.status_code, (answer.text or "").encode())
        return answer

    client.http_client.request = request
    return client


def checked_client(base: str, account_sid: str, token: str) -> Client:
    """The official client against the twin at `base`; every answer is checked when it comes."""
    return Client(account_sid, token, http_client=CheckedHttpClient(base))
