"""A recogniser and a voice that follow a script: rehearsals and tests without models.

They keep the contracts of the ports and complain, by `ScriptBroken`, when their user does not.
"""

import math
from array import array
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future

from media.engines.stt.port import Recognition, known
from media.engines.tts.port import VoiceFailed

_BYTES_PER_MS = 16
_LETTERS_PER_MS = 1 / 70
_PIECE_MS = 100


class ScriptBroken(RuntimeError):
    """The engine was used against its contract, or asked for more than its script holds."""


class ScriptedRecognizer:
    """Understands of each utterance the next line of its script, whatever the sound."""

    def __init__(self, lines: Iterable[Recognition | str | Exception]) -> None:
        self._lines = list(lines)
        self._heard_bytes = 0
        self._open = False
        self.pauses = 0
        self.utterances_ms: list[int] = []
        """How much sound each finished utterance had."""

    def start(self) -> None:
        """See `Recognizer`."""
        if self._open:
            raise ScriptBroken("an utterance is open already")
        self._open, self._heard_bytes = True, 0

    def accept(self, pcm: bytes) -> None:
        """See `Recognizer`."""
        if not self._open or len(pcm) % 2:
            raise ScriptBroken("no utterance is open" if not self._open else "half a sample")
        self._heard_bytes += len(pcm)

    def pause(self) -> None:
        """See `Recognizer`."""
        if not self._open:
            raise ScriptBroken("no utterance is open")
        self.pauses += 1

    def partial(self) -> str:
        """As many whole words of the line as so much sound has room for."""
        line = self._lines[0] if self._lines else ""
        text = line.text if isinstance(line, Recognition) else str(line)
        letters = int(self._heard_bytes / _BYTES_PER_MS * _LETTERS_PER_MS)
        return text if letters >= len(text) else text[:letters].rpartition(" ")[0]

    def finish(self) -> Future[Recognition]:
        """The line; an exception in the script is raised instead."""
        if not self._open:
            raise ScriptBroken("no utterance is open")
        self._open = False
        self.utterances_ms.append(self._heard_bytes // _BYTES_PER_MS)
        if not self._lines:
            return known(Recognition("", 0.0))
        line = self._lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return known(line if isinstance(line, Recognition) else Recognition(line, 0.9))

    def close(self) -> None:
        """See `Recognizer`."""


class ScriptedVoice:
    """Speaks every letter as 70 ms of a 300 Hz tone, in pieces; fails on the texts in `fails`."""

    def __init__(self, name: str = "scripted:tone", fails: Collection[str] = ()) -> None:
        self._name = name
        self.fails = set(fails)
        self.spoken: list[str] = []

    @property
    def name(self) -> str:
        """See `Voice`."""
        return self._name

    def synthesize(self, text: str) -> Iterator[bytes]:
        """See `Voice`."""
        if text in self.fails:
            raise VoiceFailed(f"{self._name} will not say {text!r}")
        self.spoken.append(text)
        left_ms = max(_PIECE_MS, round(len(text) / _LETTERS_PER_MS))
        for start_ms in range(0, left_ms, _PIECE_MS):
            yield _tone(min(_PIECE_MS, left_ms - start_ms))


def _tone(duration_ms: int) -> bytes:
    step = 2 * math.pi * 300 / 8000
    return array("h", (round(4000 * math.sin(step * n)) for n in range(8 * duration_ms))).tobytes()
