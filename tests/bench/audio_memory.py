"""What the audio path of a call keeps in memory, at once and after an hour."""

import gc
from collections.abc import Iterator

import psutil

from media.audio import g711
from media.audio.processor import AudioProcessor
from media.stream import Media, StreamProtocol
from tests.bench.audio_chain import Call, best, path, recorded_call
from tests.bench.figure import Figure

_CALLS = 20
_HOUR_FRAMES = 3600 * 1000 // g711.FRAME_MS
_SETTLED_FRAMES = 120 * 1000 // g711.FRAME_MS
_MB = 1e6


def measure() -> Iterator[Figure]:
    """Resident memory of one more call, and its growth from the second minute to the hour."""
    print("audio: memory, an hour of one call")
    call = recorded_call()
    ulaw = [_payload(text) for text in call.messages]
    yield _one_more(call, ulaw)
    yield _growth(call, ulaw)


def _payload(text: str) -> bytes:
    event = StreamProtocol().receive(text)
    assert isinstance(event, Media)
    return event.ulaw


def _resident_mb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / _MB


def _feed(processor: AudioProcessor, call: Call, ulaw: list[bytes], frames: range) -> None:
    for index in frames:
        at_ms = index * g711.FRAME_MS
        processor.played(call.sent[index % len(call.sent)], index * g711.FRAME_BYTES)
        processor.push(ulaw[index % len(ulaw)], at_ms, index + 1)


def _one_more(call: Call, ulaw: list[bytes]) -> Figure:
    """A first call loads libraries and models, which all calls of a process share."""
    calls = [path(best())]
    _feed(calls[0], call, ulaw, range(250))
    before = _resident_mb()
    for _ in range(_CALLS):
        calls.append(path(best()))
        _feed(calls[-1], call, ulaw, range(250))
    each = max(0.0, _resident_mb() - before) / _CALLS
    return Figure("audio", "memory, one more call", each, "MB", "lower", 10)


def _growth(call: Call, ulaw: list[bytes]) -> Figure:
    processor = path(best())
    _feed(processor, call, ulaw, range(_SETTLED_FRAMES))
    before = _resident_mb()
    _feed(processor, call, ulaw, range(_SETTLED_FRAMES, _HOUR_FRAMES))
    grown = max(0.0, _resident_mb() - before)
    return Figure("audio", "memory, growth in an hour", grown, "MB", "lower", 1)
