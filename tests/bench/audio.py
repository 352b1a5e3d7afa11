"""What hearing, thinking and speaking cost one call, frame by frame (20 ms)."""

import base64
import json
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean

import webrtcvad

from calls.far_end import SID
from media import simulator
from media.agent.phrases import likely
from media.audio import g711
from media.audio.resample import FoldedUpsampler, to_pcm, to_samples
from media.audio.tone import BeepDetector
from media.audio.vad.webrtc import WebrtcDetector
from media.engines.scripted import ScriptedRecognizer
from media.engines.stt.port import Recognizer
from media.engines.stt.sphinx import SphinxRecognizer
from media.engines.tts import choose
from media.listen import Listener
from media.session import MediaSettings
from media.speak import clauses
from media.stream import Media, StreamProtocol
from tests.bench import call_loop
from tests.bench.figure import Figure, quantile

CALLEES = Path(simulator.__path__[0]) / "callees"
FRAME_US = g711.FRAME_MS * 1000
REQUIRED_US = 50_000
REQUIRED_TIMES_REAL_TIME = 5
WARM_FRAMES = 200
PAUSE_FRAMES = 75
Work = Callable[[bytes], object]
Costs = list[float]


def measure() -> Iterator[Figure]:
    """Microseconds a frame of each step, then of the whole way in, then of a whole call."""
    utterances = [_frames(path.read_bytes()) for path in sorted(CALLEES.glob("*.ul"))]
    frames = [g711.decode(frame) for utterance in utterances for frame in utterance]
    yield from _steps(frames)
    yield from _inbound(utterances)
    yield from _recogniser(utterances)
    yield from _voice()
    yield from _call()


def _frames(ulaw: bytes) -> list[bytes]:
    whole = len(ulaw) // g711.FRAME_BYTES * g711.FRAME_BYTES
    return [ulaw[at : at + g711.FRAME_BYTES] for at in range(0, whole, g711.FRAME_BYTES)]


def _steps(frames: list[bytes]) -> Iterator[Figure]:
    """Each step beside what else does it, frame by frame in turn."""
    upsampler = FoldedUpsampler()

    def codec(pcm: bytes) -> bytes:
        return g711.decode(g711.encode(pcm))

    def wide(pcm: bytes) -> bytes:
        return to_pcm(upsampler.process(to_samples(pcm)))

    bare = webrtcvad.Vad(2)
    stdlib = _audioop()
    yield from _beside("mu-law, both ways", codec, 10, frames, "audioop", stdlib.get("codec"))
    yield from _beside("8 to 16 kHz", wide, 50, frames, "audioop.ratecv", stdlib.get("wide"))
    detector = WebrtcDetector()
    yield from _beside(
        "voice activity",
        detector.is_speech,
        60,
        frames,
        "webrtcvad alone",
        lambda pcm: bare.is_speech(pcm, g711.SAMPLE_RATE),
    )
    yield from _beside("beep detector", BeepDetector().feed, 100, frames)


def _audioop() -> dict[str, Work]:
    """What the standard library has of it, up to Python 3.12."""
    if find_spec("audioop") is None:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    return {
        "codec": lambda pcm: audioop.ulaw2lin(audioop.lin2ulaw(pcm, 2), 2),
        "wide": lambda pcm: audioop.ratecv(pcm, 2, 1, 8000, 16_000, None),
    }


def _beside(
    name: str,
    ours: Work,
    target_us: float,
    frames: list[bytes],
    rival: str = "",
    theirs: Work | None = None,
) -> Iterator[Figure]:
    works = [ours, theirs] if theirs else [ours]
    for work in works:
        for frame in frames[:WARM_FRAMES]:
            work(frame)
    costs: list[Costs] = [[] for _ in works]
    clock = time.perf_counter_ns
    for frame in frames:
        for work, taken in zip(works, costs, strict=True):
            began = clock()
            work(frame)
            taken.append((clock() - began) / 1000)
    for share in (0.5, 0.99):
        values = [quantile(taken, share) for taken in costs]
        against = (rival, values[1]) if theirs else (None, None)
        target = target_us if share > 0.9 else None
        yield Figure("audio", _label(name, share), values[0], "us", "lower", target, *against)


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
    return [_message(20 * index, frame) for index, frame in enumerate(line)]


def _message(timestamp_ms: int, ulaw: bytes) -> str:
    payload = base64.b64encode(ulaw).decode()
    media = {"track": "inbound", "timestamp": str(timestamp_ms), "payload": payload}
    return json.dumps({"event": "media", "streamSid": SID, "media": media})


def _listen(messages: list[str], recognizer: Recognizer) -> Costs:
    """Processor microseconds of each message in the state in which a conversation is heard."""
    protocol, listener = StreamProtocol(), Listener(recognizer, WebrtcDetector())
    listener.pick_up = False
    costs: Costs = []
    clock = time.thread_time_ns
    for message in messages:
        began = clock()
        event = protocol.receive(message)
        assert isinstance(event, Media)
        listener.receive(event.timestamp_ms, event.ulaw)
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


def _call() -> Iterator[Figure]:
    """A booking in virtual time: everything of a call but recogniser and voice."""
    with tempfile.TemporaryDirectory() as directory:
        costs = call_loop.costs_us(replace(MediaSettings(), recording_dir=Path(directory)))
    name, limit = "whole call without engines", ("requirement", REQUIRED_US)
    for share, target in ((0.5, 400), (0.99, 5000)):
        value = quantile(costs, share)
        yield Figure("audio", _label(name, share), value, "us", "lower", target, *limit)
    worst = max(costs)
    yield Figure("audio", f"{name}, worst frame", worst, "us", "lower", REQUIRED_US, *limit)
    yield Figure("audio", name, FRAME_US / fmean(costs), "x real time", "higher", 50)
