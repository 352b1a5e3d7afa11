"""The port of speech synthesis: one sentence or clause in, telephone audio out."""

from collections.abc import Iterator
from typing import Protocol


class Voice(Protocol):
    """Not thread-safe; the speaker runs it in one thread of its own."""

    @property
    def name(self) -> str:
        """Engine and voice, as in `flite:slt`; part of the phrase cache's key."""

    def synthesize(self, text: str) -> Iterator[bytes]:
        """Speak `text`: pieces of PCM s16le, 8 kHz, mono, active level near -20 dBFS.

        Raises `media.engines.tts.port.VoiceFailed` when the engine cannot speak.
        """


class VoiceFailed(Exception):
    """The speech engine could not speak this text; say it with another voice."""
