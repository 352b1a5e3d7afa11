"""From sentences to sound: clauses out of the phrase cache, or made by a voice in a thread."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from media.audio import g711
from media.engines.tts.port import Voice, VoiceFailed
from media.phrases import PhraseCache

_BORDER = re.compile(r"(?<=[,;:])\s+")
_LEAST_LETTERS = 24
"""Shorter pieces would sound chopped, and gain nothing."""


def clauses(sentence: str) -> tuple[str, ...]:
    """Cut a long sentence at its commas and the like, so that its first sound is made sooner."""
    parts: list[str] = []
    for part in _BORDER.split(sentence.strip()):
        if parts and (len(parts[-1]) < _LEAST_LETTERS or len(part) < _LEAST_LETTERS):
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return tuple(parts)


class _Rendering:
    """One clause on its way from the voice's thread; `None` ends it, an error too."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | VoiceFailed | None] = asyncio.Queue()
        self.abandoned = False


class Speaker:
    """One per call. `fallback` speaks what the first voice cannot.

    `characters` counts what voices were asked to speak, which is what premium voices charge for;
    phrases from the cache are free.
    """

    def __init__(self, voice: Voice, cache: PhraseCache, fallback: Voice | None = None) -> None:
        self._voices = (voice,) if fallback is None else (voice, fallback)
        self._cache = cache
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voice")
        self.characters = 0

    async def prepare(self, sentences: Iterable[str]) -> None:
        """Make everything that is not cached yet. Raises `VoiceFailed`."""
        for sentence in sentences:
            for clause in clauses(sentence):
                async for _ in self.render(clause):
                    pass

    async def render(self, clause: str) -> AsyncGenerator[bytes, None]:
        """The clause as mu-law at 8 kHz, piece by piece as it is made.

        Raises `VoiceFailed` when no voice can speak it, after what was made so far.
        """
        name = self._voices[0].name
        cached = self._cache.get(clause, name)
        if cached is not None:
            yield cached
            return
        made = bytearray()
        for attempt, voice in enumerate(self._voices, 1):
            try:
                async for piece in self._synthesize(voice, clause):
                    made += piece
                    yield piece
            except VoiceFailed:
                if made or attempt == len(self._voices):
                    raise
            else:
                if made:
                    self._cache.put(clause, voice.name, bytes(made))
                return

    async def _synthesize(self, voice: Voice, clause: str) -> AsyncGenerator[bytes, None]:
        self.characters += len(clause)
        rendering = _Rendering()
        loop = asyncio.get_running_loop()

        def deliver(piece: bytes | VoiceFailed | None) -> None:
            loop.call_soon_threadsafe(rendering.pieces.put_nowait, piece)

        work = loop.run_in_executor(self._thread, _speak, voice, clause, rendering, deliver)
        try:
            while (piece := await rendering.pieces.get()) is not None:
                if isinstance(piece, VoiceFailed):
                    raise piece
                yield piece
            await work
        finally:
            rendering.abandoned = True

    def close(self) -> None:
        """Let the voice's thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _speak(
    voice: Voice,
    clause: str,
    rendering: _Rendering,
    deliver: Callable[[bytes | VoiceFailed | None], None],
) -> None:
    """In the voice's thread. Any failure of an engine is a `VoiceFailed` to the call."""
    try:
        for pcm in voice.synthesize(clause):
            if rendering.abandoned:
                return
            deliver(g711.encode(pcm))
    except VoiceFailed as failure:
        deliver(failure)
    except Exception as error:
        deliver(VoiceFailed(f"{voice.name}: {error!r}"))
    else:
        deliver(None)
