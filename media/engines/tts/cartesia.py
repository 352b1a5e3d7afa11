"""Cartesia's voices, streamed as telephone sound; extra `cartesia`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from media.engines.tts.port import VoiceFailed
from media.engines.tts.remote import FRAME_BYTES, Account, RemoteVoice

MODEL = "sonic-3"


def voice(account: Account) -> RemoteVoice:
    """The voice; its client is made when it first speaks."""
    return RemoteVoice(
        f"cartesia:{account.voice}:{account.model}", lambda text: _speech(account, text)
    )


@cache
def _client(api_key: str, base_url: str | None, timeout_s: float) -> Any:
    from cartesia import Cartesia

    return Cartesia(api_key=api_key, base_url=base_url, timeout=timeout_s, max_retries=0)


@contextmanager
def _speech(account: Account, text: str) -> Iterator[Iterator[bytes]]:
    """Raises `VoiceFailed` with the provider's reason, such as a wrong key or no money."""
    import cartesia
    import httpx

    client = _client(account.api_key, account.base_url, account.timeout_s)
    try:
        # The plain call reads the whole answer before it gives any of it.
        with client.tts.with_streaming_response.generate(
            model_id=account.model,
            transcript=text,
            voice={"mode": "id", "id": account.voice},
            language="en",
            output_format={"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        ) as answer:
            yield answer.iter_bytes(FRAME_BYTES)
    except cartesia.APIStatusError as error:
        raise VoiceFailed(f"cartesia: HTTP {error.status_code}: {error.body}") from error
    except (cartesia.CartesiaError, httpx.HTTPError) as error:
        raise VoiceFailed(f"cartesia: {error!r}") from error
