"""A voice of an engine in native code that calls back with samples: level, rate, interruption."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from typing import Protocol

import numpy as np

from media.audio.g711 import SAMPLE_RATE
from media.audio.gain import Amplifier, gain_for
from media.audio.level import active_dbfs
from media.audio.resample import Resampler, Samples, to_pcm
from media.engines.tts.port import VoiceFailed
from media.engines.tts.spoken import spoken

Emit = Callable[[Samples], bool]
"""Takes a piece of speech; False tells the engine to stop."""

_CALIBRATION = (
    "Hello, this is a call about your home. Do you have a minute? "
    "Thank you very much for your time, and goodbye."
)
"""Six seconds of what voices say here: their levels then agree within 1 dB."""
_PIECE_SAMPLES = 320
_QUIET = 120.0
_LEAD_SAMPLES = 160


def pieces(speak: Callable[[Emit], None]) -> Generator[Samples, None, None]:
    """Run `speak` in a thread of its own and hand on what it emits, while it emits it.

    Closing the iterator makes the next emit return False and waits for the engine to stop. An
    exception of `speak` comes out of the iterator.
    """
    queue: SimpleQueue[Samples | BaseException | None] = SimpleQueue()
    stopped = threading.Event()

    def emit(samples: Samples) -> bool:
        queue.put(samples)
        return not stopped.is_set()

    def run() -> None:
        try:
            speak(emit)
        except Exception as error:
            queue.put(error)
        else:
            queue.put(None)

    thread = threading.Thread(target=run, name="voice", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


def without_lead(speech: Iterable[Samples]) -> Iterator[Samples]:
    """Cut the silence before the first sound down to 20 ms at 8 kHz: it is answer time."""
    begun = False
    lead = np.zeros(0, dtype=np.float32)
    for piece in speech:
        if begun:
            yield piece
            continue
        lead = np.concatenate((lead, piece))
        loud = np.flatnonzero(np.abs(lead) > _QUIET)
        if loud.size:
            begun = True
            yield lead[max(0, int(loud[0]) - _LEAD_SAMPLES) :]


def resampled(speech: Iterable[Samples], source_hz: int) -> Iterator[Samples]:
    """The same speech at 8 kHz."""
    resampler = Resampler(source_hz, SAMPLE_RATE)
    for piece in speech:
        yield resampler.process(piece)
    yield resampler.flush()


def amplified(speech: Iterable[Samples], gain: float) -> Iterator[Samples]:
    """The same speech, 8 kHz, louder; its peaks do not clip."""
    amplifier = Amplifier(gain)
    for piece in speech:
        yield amplifier.process(piece)
    yield amplifier.flush()


def telephone(speak: Callable[[Emit], None], source_hz: int, gain: float) -> Iterator[bytes]:
    """PCM s16le at 8 kHz in pieces of 40 ms, the last one shorter."""
    held = np.zeros(0, dtype=np.float32)
    with closing(pieces(speak)) as speech:
        for piece in amplified(without_lead(resampled(speech, source_hz)), gain):
            held = np.concatenate((held, piece))
            while len(held) >= _PIECE_SAMPLES:
                yield to_pcm(held[:_PIECE_SAMPLES])
                held = held[_PIECE_SAMPLES:]
    if len(held):
        yield to_pcm(held)


class Engine(Protocol):
    """A synthesiser in native memory. Must be made in the process that speaks."""

    sample_rate: int

    def speak(self, text: str, emit: Emit) -> None:
        """Blocks until all is emitted or `emit` says stop. Raises `VoiceFailed`."""


class NativeVoice:
    """A `Voice`. Its engine is made by the first `synthesize`, so after any fork.

    The first use also speaks to itself, to learn how loud the voice is on the telephone: another
    build of a voice cannot make a table of levels wrong.
    """

    def __init__(self, name: str, make: Callable[[], Engine]) -> None:
        self._name = name
        self._make = make
        self._engine: Engine | None = None
        self._gain = 1.0

    @property
    def name(self) -> str:
        """Engine and voice."""
        return self._name

    def synthesize(self, text: str) -> Iterator[bytes]:
        """See `Voice`; closing the iterator stops the engine."""
        engine = self._ready()
        words = spoken(text)
        if words:
            speak = partial(engine.speak, words)
            yield from telephone(speak, engine.sample_rate, self._gain)

    def _ready(self) -> Engine:
        if self._engine is None:
            try:
                engine = self._make()
            except (OSError, ImportError, AttributeError) as error:
                raise VoiceFailed(f"{self._name} is not installed") from error
            speech = pieces(partial(engine.speak, _CALIBRATION))
            heard = np.concatenate(list(resampled(speech, engine.sample_rate)))
            self._gain = gain_for(active_dbfs(to_pcm(heard), SAMPLE_RATE))
            self._engine = engine
        return self._engine
