"""The port of speech recognition: frames of one utterance in, words out."""

from concurrent.futures import Future
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

    def pause(self) -> None:
        """The callee has been silent for a moment: the utterance may be at its end."""

    def partial(self) -> str:
        """The words so far; may change with the next piece."""

    def finish(self) -> Future[Recognition]:
        """End the utterance. What was understood, with empty text when nothing was.

        An engine that works in this thread has it at once; one that works elsewhere later, and
        the next utterance may begin before.
        """

    def close(self) -> None:
        """The call is over."""


def known(recognition: Recognition) -> Future[Recognition]:
    """What an engine understood that has it at once."""
    future: Future[Recognition] = Future()
    future.set_result(recognition)
    return future
