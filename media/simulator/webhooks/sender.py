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

from media.simulator.clock import Clock
from media.simulator.webhooks.exchanges import Exchanged, Exchanges
from media.simulator.webhooks.overrides import MAX_TOTAL_S, Overrides, split

MAX_REDIRECTS = 10
MAX_BODY = 64 * 1024 + 1
MAX_SOUND = 16 << 20


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
    body: bytes = b""
    """As it came: sound for `<Play>`."""


@dataclass(frozen=True, slots=True)
class _Request:
    """One request with all that decides how it is made; `seen` is its entry in the call's log."""

    url: str
    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    overrides: Overrides
    call_sid: str
    seen: Exchanged

    @property
    def timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=None, sock_connect=self.overrides.connect_s, sock_read=self.overrides.read_s
        )


class Webhooks:
    """Sends requests signed like the carrier's; cookies are kept per call."""

    def __init__(self, auth_token: str, rng: Random, clock: Clock) -> None:
        self._validator = RequestValidator(auth_token)
        self._rng = rng
        self._clock = clock
        self._connector: aiohttp.TCPConnector | None = None
        self._jars: dict[str, aiohttp.CookieJar] = {}
        self.exchanges = Exchanges()

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
        clock_s = asyncio.get_running_loop().time
        # The cap holds for all tries together.
        deadline_s = clock_s() + min(overrides.total_s, MAX_TOTAL_S)
        while True:
            seen = Exchanged(bare, method, dict(params), self._clock.now())
            self.exchanges.note(call_sid, seen)
            request = _Request(bare, method, params, headers, overrides, call_sid, seen)
            try:
                async with asyncio.timeout_at(deadline_s):
                    return await self._try(request)
            except TimeoutError:
                raise WebhookFailed(11200, f"{bare}: no answer in time") from None
            except _Failure as failure:
                seen.failed = str(failure)
                tries += 1
                if tries > overrides.retries or not overrides.retry_after(failure.kind):
                    raise WebhookFailed(failure.code, str(failure)) from failure

    async def _try(self, request: _Request) -> Answer:
        url = request.url
        started = asyncio.get_running_loop().time()
        try:
            async with self._session(request) as session:
                return await self._exchange(session, request)
        except TimeoutError as error:
            kind = "ct" if isinstance(error, aiohttp.ConnectionTimeoutError) else "rt"
            code = 11205 if kind == "ct" else 11200
            raise _Failure(kind, code, f"{url}: no answer in time") from error
        except aiohttp.ClientConnectorError as error:
            raise _Failure("ct", 11205, f"{url}: {error}") from error
        except aiohttp.TooManyRedirects as error:
            raise _Failure("", 11215, f"{url}: too many redirects") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise _Failure("rt", 11200, f"{url}: {error}") from error
        finally:
            elapsed_s = asyncio.get_running_loop().time() - started
            request.seen.duration_ms = round(elapsed_s * 1000)

    def _session(self, request: _Request) -> aiohttp.ClientSession:
        if self._connector is None:
            self._connector = aiohttp.TCPConnector(limit=100)
        jar = self._jars.get(request.call_sid)
        if jar is None:
            jar = self._jars[request.call_sid] = aiohttp.CookieJar(unsafe=True)
        return aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=False,
            cookie_jar=jar,
            timeout=request.timeout,
        )

    async def _exchange(self, session: aiohttp.ClientSession, request: _Request) -> Answer:
        url, body, plain = request.url, urlencode(request.params), request.method == "GET"
        if plain and body:
            url = f"{url}{'&' if '?' in url else '?'}{body}"
        signed = {} if plain else request.params
        headers = {
            **request.headers,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Home-Region": "us1",
            "X-Twilio-Signature": self.signature(url, signed),
        }
        if not plain:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        async with session.request(
            request.method,
            URL(url, encoded=True),
            data=None if plain else body.encode(),
            headers=headers,
            max_redirects=MAX_REDIRECTS,
        ) as response:
            seen = request.seen
            seen.content_type = response.headers.get("Content-Type", "")
            sound = seen.content_type.startswith("audio/")
            raw = await _read(response.content, MAX_SOUND if sound else MAX_BODY)
            text = "" if sound else raw.decode("utf-8", "replace")
            seen.status, seen.body = response.status, text
            if response.status >= 400:
                kind = "4xx" if response.status < 500 else "5xx"
                raise _Failure(kind, 11200, f"{url}: HTTP {response.status}")
            return Answer(seen.content_type, text, raw)


async def _read(content: aiohttp.StreamReader, most: int) -> bytes:
    """All that comes, up to `most` bytes; a single `read` may give less."""
    raw = bytearray()
    while len(raw) < most and (piece := await content.read(most - len(raw))):
        raw += piece
    return bytes(raw)
