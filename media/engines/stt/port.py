"""The port of speech recognition: frames of one utterance in, words out."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was understood of one utterance.

    `confidence` is 0.0-1.0. `keyphrases` are the phrases of the spotter that were heard
    ("stop calling", "wrong number"), whatever the language model made of the sentence.
    """

    text: str
    confidence: float
    keyphrases: tuple[str, ...] = ()


class Recognizer(Protocol):
    """One per call and not shared between threads. Audio is PCM s16le, 8 kHz, mono."""

    def start(self) -> None:
        """Begin an utterance."""

    def accept(self, pcm: bytes) -> None:
        """Take the next piece of the utterance, usually 320 bytes (20 ms)."""

    def partial(self) -> str:
        """The words so far; may change with the next piece."""

    def finish(self) -> Recognition:
        """End the utterance and say what was understood; empty text when nothing was."""
