"""Signed HTTP requests to the customer: TwiML fetches, status callbacks, stream callbacks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from media.simulator.webhooks.overrides import MAX_TOTAL_S, Overrides, split

MAX_REDIRECTS = 10
MAX_BODY = 64 * 1024 + 1


class WebhookFailed(Exception):
    """No usable answer; `code` is the carrier's, 11200, 11205 or 11215."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class _Failure(Exception):
    """One try failed; `kind` is the retry policy's name of it."""

    def __init__(self, kind: str, code: int, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer's server said."""

    content_type: str
    text: str


class Webhooks:
    """Sends requests signed like the carrier's; cookies are kept per call."""

    def __init__(self, auth_token: str, rng: Random) -> None:
        self._validator = RequestValidator(auth_token)
        self._rng = rng
        self._connector: aiohttp.TCPConnector | None = None
        self._jars: dict[str, aiohttp.CookieJar] = {}

    def signature(self, url: str, params: Mapping[str, str]) -> str:
        """`X-Twilio-Signature` over the URL and the sorted form parameters."""
        return str(self._validator.compute_signature(url, dict(params)))

    async def close(self) -> None:
        """Close all connections."""
        if self._connector is not None:
            await self._connector.close()

    def forget(self, call_sid: str) -> None:
        """Drop the cookies of a call that is over."""
        self._jars.pop(call_sid, None)

    async def send(self, url: str, method: str, params: Mapping[str, str], call_sid: str) -> Answer:
        """One webhook with the URL's own overrides. Raises `WebhookFailed`."""
        bare, overrides = split(url)
        token = UUID(int=self._rng.getrandbits(128), version=4)
        headers = {"I-Twilio-Idempotency-Token": str(token)}
        tries = 0
        while True:
            try:
                async with asyncio.timeout(min(overrides.total_s, MAX_TOTAL_S)):
                    return await self._try(bare, method, params, headers, overrides, call_sid)
            except TimeoutError:
                failure = _Failure("rt", 11200, f"{bare}: no answer in time")
            except _Failure as error:
                failure = error
            tries += 1
            if tries > overrides.retries or not overrides.retry_after(failure.kind):
                raise WebhookFailed(failure.code, str(failure))

    async def _try(
        self,
        url: str,
        method: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        overrides: Overrides,
        call_sid: str,
    ) -> Answer:
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=overrides.connect_s, sock_read=overrides.read_s
        )
        try:
            async with self._session(call_sid, timeout) as session:
                return await self._exchange(session, url, method, params, headers)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise _Failure("ct", 11205, f"{url}: {error}") from error
        except aiohttp.TooManyRedirects as error:
            raise _Failure("", 11215, f"{url}: too many redirects") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise _Failure("rt", 11200, f"{url}: {error}") from error

    def _session(self, call_sid: str, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
        if self._connector is None:
            self._connector = aiohttp.TCPConnector(limit=100)
        if call_sid not in self._jars:
            self._jars[call_sid] = aiohttp.CookieJar(unsafe=True)
        jar = self._jars[call_sid]
        return aiohttp.ClientSession(
            connector=self._connector, connector_owner=False, cookie_jar=jar, timeout=timeout
        )

    async def _exchange(
        self,
        session: aiohttp.ClientSession,
        url: str,
        method: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> Answer:
        body = urlencode(params)
        if method == "GET":
            url = f"{url}{'&' if '?' in url else '?'}{body}"
        all_headers = {
            **headers,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Home-Region": "us1",
            "X-Twilio-Signature": self.signature(url, {} if method == "GET" else params),
        }
        if method != "GET":
            all_headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        async with session.request(
            method,
            URL(url, encoded=True),
            data=None if method == "GET" else body.encode(),
            headers=all_headers,
            max_redirects=MAX_REDIRECTS,
        ) as response:
            text = (await response.content.read(MAX_BODY)).decode("utf-8", "replace")
            if response.status >= 400:
                kind = "4xx" if response.status < 500 else "5xx"
                raise _Failure(kind, 11200, f"{url}: HTTP {response.status}")
            return Answer(response.headers.get("Content-Type", ""), text)
