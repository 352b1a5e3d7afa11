"""What hearing, thinking and speaking cost a call: the way in, the recogniser, the voice, all."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from acoustics.speech import SENTENCES
from media import simulator
from media.agent.phrases import likely
from media.audio import g711
from media.audio.level import active_dbfs
from media.engines.scripted import ScriptedRecognizer
from media.engines.stt.port import Recognizer
from media.engines.stt.sphinx import SphinxRecognizer
from media.engines.tts import choose
from media.listen import Listener
from media.session import MediaSettings
from media.speak import clauses
from media.stream import Media, StreamProtocol
from tests.bench import call_loop
from tests.bench.audio_chain import message, path, plain
from tests.bench.audio_timing import FRAME_US, REQUIRED_TIMES_REAL_TIME, REQUIRED_US, Costs
from tests.bench.figure import Figure, quantile

CALLEES = Path(simulator.__path__[0]) / "callees"
PAUSE_FRAMES = 75


def measure() -> Iterator[Figure]:
    """Messages in to utterances out with and without a recogniser; engines; a whole call."""
    print("audio: way in, recogniser, voice, whole call")
    utterances = [_frames(file.read_bytes()) for file in sorted(CALLEES.glob("*.ul"))]
    yield from _inbound(utterances)
    yield from _recogniser(utterances)
    yield from _voice()
    yield from _loudness()
    yield from _call()


def _frames(ulaw: bytes) -> list[bytes]:
    whole = len(ulaw) // g711.FRAME_BYTES * g711.FRAME_BYTES
    return [ulaw[at : at + g711.FRAME_BYTES] for at in range(0, whole, g711.FRAME_BYTES)]


def _label(name: str, share: float) -> str:
    return f"{name} p{share * 100:.0f}"


def _inbound(utterances: list[list[bytes]]) -> Iterator[Figure]:
    """From the carrier's message to a finished utterance, first without the recogniser."""
    messages = _messages(utterances)
    limit = ("requirement", REQUIRED_TIMES_REAL_TIME)
    ways: tuple[tuple[str, Recognizer, float], ...] = (
        ("way in without recogniser", ScriptedRecognizer([]), 300),
        ("way in with recogniser", SphinxRecognizer(), 10),
    )
    for name, recognizer, target in ways:
        costs = _listen(messages, recognizer)
        times = FRAME_US / fmean(costs)
        yield Figure("audio", name, times, "x real time", "higher", target, *limit)
        for share in (0.5, 0.99):
            label, value = _label(name, share), quantile(costs, share)
            yield Figure("audio", label, value, "us", "lower", None, "requirement", REQUIRED_US)


def _messages(utterances: list[list[bytes]]) -> list[str]:
    """The people of the twin one after the other on one line, with pauses for an answer."""
    quiet = [bytes([g711.SILENCE]) * g711.FRAME_BYTES] * PAUSE_FRAMES
    line = [frame for utterance in utterances for frame in (*utterance, *quiet)]
    return [message(index, frame) for index, frame in enumerate(line)]


def _listen(messages: list[str], recognizer: Recognizer) -> Costs:
    """Processor microseconds of each message in the state in which a conversation is heard."""
    protocol, listener = StreamProtocol(), Listener(path(plain()), recognizer)
    listener.pick_up = False
    costs: Costs = []
    clock = time.thread_time_ns
    for text in messages:
        began = clock()
        event = protocol.receive(text)
        assert isinstance(event, Media)
        listener.receive(event.timestamp_ms, event.ulaw, event.chunk)
        costs.append((clock() - began) / 1000)
    return costs


def _recogniser(utterances: list[list[bytes]]) -> Iterator[Figure]:
    """Processor time of the recogniser alone."""
    recognizer = SphinxRecognizer()
    accepted: Costs = []
    finished: Costs = []
    clock = time.thread_time
    for utterance in utterances:
        recognizer.start()
        for frame in utterance:
            pcm = g711.decode(frame)
            began = clock()
            recognizer.accept(pcm)
            accepted.append((clock() - began) * 1000)
        began = clock()
        recognizer.finish()
        finished.append((clock() - began) * 1000)
    limit = ("requirement", REQUIRED_US / 1000)
    for share, target in ((0.5, None), (0.99, 5)):
        value = quantile(accepted, share)
        label = _label("recogniser, a frame", share)
        yield Figure("audio", label, value, "ms", "lower", target, *limit)
    for share, target in ((0.5, None), (0.95, 20)):
        value = quantile(finished, share)
        yield Figure("audio", _label("recogniser, finish", share), value, "ms", "lower", target)


def _voice() -> Iterator[Figure]:
    """The best voice that is installed, on the clauses of a call; without the phrase cache."""
    if not choose.available():
        return
    voice = choose.make()
    list(voice.synthesize("Hello."))
    firsts: Costs = []
    took_s = sound_s = 0.0
    for clause in (clause for sentence in likely(call_loop.BRIEF) for clause in clauses(sentence)):
        began = time.perf_counter()
        pieces = voice.synthesize(clause)
        size = len(next(pieces, b""))
        firsts.append((time.perf_counter() - began) * 1000)
        size += sum(map(len, pieces))
        took_s += time.perf_counter() - began
        sound_s += size / 2 / g711.SAMPLE_RATE
    for share, target in ((0.5, None), (0.95, 80)):
        label = _label(f"{voice.name}, first audio", share)
        yield Figure("audio", label, quantile(firsts, share), "ms", "lower", target)
    yield Figure("audio", voice.name, sound_s / took_s, "x real time", "higher", 10)


def _loudness() -> Iterator[Figure]:
    """How far the voices of this machine lie apart on the telephone."""
    levels = [
        active_dbfs(b"".join(choose.make(name).synthesize(SENTENCES[0])), g711.SAMPLE_RATE)
        for name in choose.available()
    ]
    if len(levels) > 1:
        spread = max(levels) - min(levels)
        yield Figure("audio", f"loudness of {len(levels)} voices, spread", spread, "dB", "lower", 2)


def _call() -> Iterator[Figure]:
    """A booking in virtual time: everything of a call but recogniser and voice."""
    with tempfile.TemporaryDirectory() as directory:
        costs = call_loop.costs_us(
            replace(MediaSettings(), audio=plain(), recording_dir=Path(directory))
        )
    name, limit = "whole call without engines", ("requirement", REQUIRED_US)
    for share, target in ((0.5, 400), (0.99, 5000)):
        value = quantile(costs, share)
        yield Figure("audio", _label(name, share), value, "us", "lower", target, *limit)
    worst = max(costs)
    yield Figure("audio", f"{name}, worst frame", worst, "us", "lower", REQUIRED_US, *limit)
    yield Figure("audio", name, FRAME_US / fmean(costs), "x real time", "higher", 50)
