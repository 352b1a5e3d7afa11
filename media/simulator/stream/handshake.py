"""Opens the socket of a media stream: the signed handshake and the codes of its refusals."""

import asyncio
import errno
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

CONNECT_S = 5.0
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, None}
"""None: the name could not be resolved."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """Where a stream goes, with the signature over its `wss://` address."""

    url: str
    signature: str
    parameters: dict[str, str]
    plain_loopback: bool = True

    @property
    def address(self) -> str:
        """What is really connected: `ws://` for this machine, where nobody has a certificate."""
        parts = urlsplit(self.url)
        if self.plain_loopback and parts.hostname in _LOOPBACK:
            return self.url.replace("wss://", "ws://", 1)
        return self.url


class StreamRefused(Exception):
    """The stream could not be connected; `code` is the carrier's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


async def connect(
    session: aiohttp.ClientSession, target: StreamTarget
) -> aiohttp.ClientWebSocketResponse:
    """The open socket. Raises `StreamRefused` 31901, 31902, 31904, 31910, 31920."""
    headers = {
        "User-Agent": "Twilio.TmeWs/1.0",
        "x-twilio-signature": target.signature,
        "accept-encoding": "gzip",
    }
    url = target.address
    try:
        async with asyncio.timeout(CONNECT_S):
            return await session.ws_connect(url, headers=headers, max_msg_size=8 << 20)
    except TimeoutError as error:
        raise StreamRefused(31901, f"{url}: connection timeout") from error
    except aiohttp.WSServerHandshakeError as error:
        raise StreamRefused(31920, f"{url}: HTTP {error.status} is not 101") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise StreamRefused(31910, f"{url}: {error}") from error
    except aiohttp.ClientConnectorError as error:
        code = 31904 if error.os_error.errno in _UNREACHABLE else 31902
        raise StreamRefused(code, f"{url}: {error}") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise StreamRefused(31920, f"{url}: {error}") from error
