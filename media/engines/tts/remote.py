"""A voice that a provider's server speaks: telephone sound over the network, as it is made."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from media.audio import g711
from media.audio.gain import Amplifier, gain_for
from media.audio.level import active_dbfs
from media.audio.resample import Samples, to_pcm, to_samples
from media.engines.tts.native import without_lead
from media.engines.tts.port import VoiceFailed
from media.engines.tts.spoken import spoken

log = logging.getLogger(__name__)

FRAME_BYTES = 160
"""20 ms. Providers' clients by default hold back more, up to an eighth of a second."""

Speech = AbstractContextManager[Iterator[bytes]]
"""An open request: mu-law at 8 kHz in pieces of any length; leaving it ends the request."""

_PIECE_BYTES = 2 * 320
_LEARNED_FROM_BYTES = 2 * 8000 * 2
"""Two seconds of speech tell how loud a voice is."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose voice, made by which model, with whose money. `timeout_s` limits each wait."""

    api_key: str
    voice: str
    model: str
    base_url: str | None = None
    timeout_s: float = 5.0


class RemoteVoice:
    """A `Voice` over `request`, which opens the provider's answer to a text.

    The provider charges for each letter, so nothing is spoken to learn how loud the voice is: the
    first sentence goes out as it comes, the later ones at the level of all other voices.
    """

    def __init__(self, name: str, request: Callable[[str], Speech]) -> None:
        self._name = name
        self._request = request
        self._gain = 1.0
        self._learned = False

    @property
    def name(self) -> str:
        """Provider, voice and model."""
        return self._name

    def synthesize(self, text: str) -> Iterator[bytes]:
        """See `Voice`; closing the iterator ends the request."""
        words = spoken(text)
        if not words:
            return
        plain = bytearray()
        held = b""
        with self._open(words) as answer:
            for samples in self._amplified(_sound(answer, plain)):
                held += to_pcm(samples)
                whole = len(held) - len(held) % _PIECE_BYTES
                for at in range(0, whole, _PIECE_BYTES):
                    yield held[at : at + _PIECE_BYTES]
                held = held[whole:]
        if held:
            yield held
        self._learn(bytes(plain))

    def _open(self, words: str) -> Speech:
        try:
            return self._request(words)
        except ImportError as error:
            raise VoiceFailed(f"{self._name} is not installed: {error}") from error

    def _amplified(self, speech: Iterator[Samples]) -> Iterator[Samples]:
        amplifier = Amplifier(self._gain)
        for piece in without_lead(speech):
            yield amplifier.process(piece)
        yield amplifier.flush()

    def _learn(self, pcm: bytes) -> None:
        if not self._learned and len(pcm) >= _LEARNED_FROM_BYTES:
            self._gain = gain_for(active_dbfs(pcm, g711.SAMPLE_RATE))
            self._learned = True
            log.info("%s is amplified by %.2f", self._name, self._gain)


def _sound(answer: Iterator[bytes], plain: bytearray) -> Iterator[Samples]:
    """The pieces as samples; `plain` collects them as they came."""
    for ulaw in answer:
        pcm = g711.decode(ulaw)
        plain += pcm
        yield to_samples(pcm)
