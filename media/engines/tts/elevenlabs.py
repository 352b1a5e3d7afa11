"""ElevenLabs' voices, streamed as telephone sound; extra `elevenlabs`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from media.engines.tts.port import VoiceFailed
from media.engines.tts.remote import FRAME_BYTES, Account, RemoteVoice

MODEL = "eleven_flash_v2_5"


def voice(account: Account) -> RemoteVoice:
    """The voice; its client is made when it first speaks."""
    return RemoteVoice(
        f"elevenlabs:{account.voice}:{account.model}", lambda text: _speech(account, text)
    )


@cache
def _client(api_key: str, base_url: str | None, timeout_s: float) -> Any:
    from elevenlabs.client import ElevenLabs

    return ElevenLabs(api_key=api_key, base_url=base_url, timeout=timeout_s)


@contextmanager
def _speech(account: Account, text: str) -> Iterator[Iterator[bytes]]:
    """Raises `VoiceFailed` with the provider's reason, such as a wrong key or no money."""
    import httpx
    from elevenlabs.core import ApiError

    client = _client(account.api_key, account.base_url, account.timeout_s)
    answer = client.text_to_speech.stream(
        account.voice,
        text=text,
        model_id=account.model,
        output_format="ulaw_8000",
        request_options={"chunk_size": FRAME_BYTES, "max_retries": 0},
    )
    try:
        yield answer
    except ApiError as error:
        raise VoiceFailed(f"elevenlabs: HTTP {error.status_code}: {error.body}") from error
    except httpx.HTTPError as error:
        raise VoiceFailed(f"elevenlabs: {error!r}") from error
    finally:
        answer.close()
