"""The premium voices against local servers that speak their providers' API."""

import math
import threading
from array import array
from collections.abc import Callable, Iterator

import pytest
from wire.provider_server import Provider, serving

from media.audio import g711, level
from media.engines.tts import cartesia, elevenlabs
from media.engines.tts.port import Voice, VoiceFailed
from media.engines.tts.remote import Account

pytest.importorskip("elevenlabs")
pytest.importorskip("cartesia")

Make = Callable[[str], Voice]
FRAME = 160


def eleven(url: str) -> Voice:
    return elevenlabs.voice(Account("secret", "Rachel", elevenlabs.MODEL, url, 3.0))


def sonic(url: str) -> Voice:
    return cartesia.voice(Account("secret", "Ann", cartesia.MODEL, url, 3.0))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as server:
        yield server


def tone(ms: int, peak: int = 3000) -> bytes:
    wave = (round(peak * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(8 * ms))
    return g711.encode(array("h", wave).tobytes())


def framed(sound: bytes) -> list[bytes]:
    return [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]


def said(voice: Voice, text: str = "Hello there.") -> bytes:
    return b"".join(voice.synthesize(text))


def test_what_elevenlabs_is_asked(provider: Provider) -> None:
    provider.pieces = framed(tone(200))
    said(eleven(provider.url), "It is $450,000.")
    ((path, headers, body),) = provider.requests
    assert path == "/v1/text-to-speech/Rachel/stream?output_format=ulaw_8000"
    assert headers["xi-api-key"] == "secret"
    assert (body["model_id"], "450" in str(body["text"])) == ("eleven_flash_v2_5", False)


def test_what_cartesia_is_asked(provider: Provider) -> None:
    provider.pieces = framed(tone(200))
    said(sonic(provider.url))
    ((path, headers, body),) = provider.requests
    assert path == "/tts/bytes"
    assert headers["authorization"] == "Bearer secret"
    assert body["output_format"] == {
        "container": "raw",
        "encoding": "pcm_mulaw",
        "sample_rate": 8000,
    }
    assert body["voice"] == {"mode": "id", "id": "Ann"}


both = pytest.mark.parametrize("make", [eleven, sonic])


@both
def test_the_sound_arrives_whole(provider: Provider, make: Make) -> None:
    sound = tone(500)
    provider.pieces = [sound[:7], sound[7:1000], sound[1000:]]
    assert g711.encode(said(make(provider.url))) == sound


@both
def test_a_piece_is_handed_on_before_the_next_is_made(provider: Provider, make: Make) -> None:
    provider.pieces = framed(tone(400))
    heard = threading.Event()

    def before(index: int) -> None:
        if index == 10:
            assert heard.wait(10), "ten frames were sent and nothing was handed on"

    provider.before_piece = before
    pieces = make(provider.url).synthesize("Hello there.")
    next(pieces)
    heard.set()
    assert sum(map(len, pieces)) > 0


@both
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, {"detail": {"status": "quota_exceeded", "message": "no credits"}}),
        (429, {"detail": "too many concurrent requests"}),
        (500, {"detail": "broken"}),
    ],
)
def test_a_refusal_is_told_with_its_reason(
    provider: Provider, make: Make, status: int, error: dict[str, object]
) -> None:
    provider.status, provider.error = status, error
    with pytest.raises(VoiceFailed, match=str(status)):
        said(make(provider.url))
    assert len(provider.requests) == 1, "a refused request is not repeated: it costs answer time"


@both
def test_nobody_there(make: Make) -> None:
    with pytest.raises(VoiceFailed):
        said(make("http://127.0.0.1:9"))


@both
def test_an_answer_that_breaks_off(provider: Provider, make: Make) -> None:
    provider.pieces, provider.cut_after = framed(tone(400)), 10
    with pytest.raises(VoiceFailed):
        said(make(provider.url))


@both
def test_later_sentences_are_as_loud_as_all_voices(provider: Provider, make: Make) -> None:
    provider.pieces = framed(tone(2500, peak=900))
    voice = make(provider.url)
    first, second = said(voice), said(voice)
    assert level.active_dbfs(first, 8000) < -33
    assert level.active_dbfs(second, 8000) == pytest.approx(-20, abs=1)


@both
def test_letting_go_ends_the_request(provider: Provider, make: Make) -> None:
    provider.pieces = framed(tone(20)) * 200_000
    pieces = make(provider.url).synthesize("Hello there.")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # it is a generator
    assert provider.hung_up.wait(10)
