"""The whole audio path of a call, message by message, in three sets of engines."""

import base64
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from statistics import median

import numpy as np

from acoustics.scene import echo_scene
from acoustics.score import lag_of
from acoustics.signals import RATE, Signal, from_frames, to_frames
from calls.far_end import SID
from media.audio import g711
from media.audio.path import AudioSettings, build_path
from media.audio.processor import AudioProcessor
from media.stream import Media, StreamProtocol
from tests.bench.audio_rivals import Cancel, has_speex, speex_echo_and_noise, webrtc
from tests.bench.audio_timing import (
    FRAME_US,
    REQUIRED_TIMES_REAL_TIME,
    REQUIRED_US,
    Costs,
    in_turn,
    mean_us,
    quantile_us,
)
from tests.bench.figure import Figure, beside
from tests.bench.optional import installed

LIVE = AudioSettings(echo="speex", noise="speex", vad="webrtc")
NEURAL = AudioSettings(echo="speex", noise="speex", vad="silero")
PURE = AudioSettings(echo="nlms", noise="spectral", vad="energy")
"""Nothing but NumPy: what is left where no library of Speex can be had."""
_CHAINS: Mapping[str, tuple[AudioSettings, float]] = {
    "whole chain": (LIVE, 300),
    "whole chain with Silero": (NEURAL, 120),
    "whole chain in NumPy": (PURE, 100),
}
_P99_US = 300
_REQUIRED_LATENCY_MS = 200
_ROUNDS = 5
Step = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Call:
    """What comes from the carrier, as messages, and what goes to it, as mu-law, frame by frame."""

    messages: list[str]
    sent: list[bytes]


def measure() -> Iterator[Figure]:
    """Times real time, quantiles of a frame, each stage's share, and the delay of the sound."""
    print("audio: whole chain")
    call = recorded_call()
    makers: dict[str, Callable[[], Step]] = {
        name: partial(_ours, call, settings)
        for name, (settings, _) in _CHAINS.items()
        if can_be_had(settings)
    }
    found = in_turn(makers | _rivals(call), range(len(call.messages)), _ROUNDS)
    yield from _speed(found)
    yield from _stages(call)
    yield from _delay(call)


def recorded_call(delay_ms: float = 100.0) -> Call:
    """The echo scene of 30 s as a carrier sends it."""
    scene = echo_scene(delay_ms=delay_ms)
    heard, sent = ([g711.encode(f) for f in to_frames(s)] for s in (scene.mic, scene.far))
    return Call([message(index, ulaw) for index, ulaw in enumerate(heard)], sent)


def message(index: int, ulaw: bytes) -> str:
    """The carrier's message of one frame."""
    media = {
        "track": "inbound",
        "chunk": str(index + 1),
        "timestamp": str(index * g711.FRAME_MS),
        "payload": base64.b64encode(ulaw).decode(),
    }
    return json.dumps({"event": "media", "streamSid": SID, "media": media})


def path(settings: AudioSettings) -> AudioProcessor:
    """A new audio path; an engine that is not the one that was asked for is no measurement."""
    told: list[str] = []
    made = build_path(settings, time.perf_counter_ns, told.append)
    if told:
        raise RuntimeError("; ".join(told))
    return made


@cache
def can_be_had(settings: AudioSettings) -> bool:
    """Whether all its engines are installed; a note says what is missing."""
    try:
        path(settings)
    except RuntimeError as error:
        print(f"left out: {error}", file=sys.stderr)
        return False
    return True


def best() -> AudioSettings:
    """The best set of engines of this machine."""
    return next(filter(can_be_had, (NEURAL, LIVE, PURE)))


def plain() -> AudioSettings:
    """The best set of engines without a neural one."""
    return next(filter(can_be_had, (LIVE, PURE)))


def _ours(call: Call, settings: AudioSettings) -> Step:
    protocol, processor = StreamProtocol(), path(settings)

    def step(index: int) -> None:
        ulaw = call.sent[index]
        protocol.media(ulaw)
        processor.played(ulaw, index * g711.FRAME_BYTES)
        event = protocol.receive(call.messages[index])
        assert isinstance(event, Media)
        processor.push(event.ulaw, event.timestamp_ms, event.chunk)

    return step


def _rivals(call: Call) -> dict[str, Callable[[], Step]]:
    makers: dict[str, Callable[[], Cancel]] = {}
    if has_speex():
        makers["Speex + its preprocessor"] = speex_echo_and_noise
    if installed("livekit"):
        makers["WebRTC AEC3 + NS (livekit)"] = lambda: webrtc(echo=True, noise=True)
    return {name: partial(_theirs, call, make) for name, make in makers.items()}


def _theirs(call: Call, make: Callable[[], Cancel]) -> Step:
    """The same messages and codec around a rival; no aligner, no voice activity, no account."""
    protocol, cancel = StreamProtocol(), make()

    def step(index: int) -> None:
        ulaw = call.sent[index]
        protocol.media(ulaw)
        event = protocol.receive(call.messages[index])
        assert isinstance(event, Media)
        cancel(g711.decode(event.ulaw), g711.decode(ulaw))

    return step


def _speed(found: Mapping[str, list[Costs]]) -> Iterator[Figure]:
    times = {name: FRAME_US / mean_us(rounds) for name, rounds in found.items()}
    rivals = {name: value for name, value in times.items() if name not in _CHAINS}
    rivals["requirement"] = REQUIRED_TIMES_REAL_TIME
    for name, target in ((name, _CHAINS[name][1]) for name in found if name in _CHAINS):
        figure = Figure("audio", name, times[name], "x real time", "higher", target)
        yield from beside(figure, rivals if name == "whole chain" else {})
        for share, limit in ((0.5, None), (0.99, None if "Silero" in name else _P99_US)):
            label = f"{name}, a frame p{share * 100:.0f}"
            value = quantile_us(found[name], share)
            yield Figure("audio", label, value, "us", "lower", limit, "requirement", REQUIRED_US)


def _stages(call: Call) -> Iterator[Figure]:
    """The processor's own account, which is part of the call record: ERLE, the stages' costs."""
    accounts = []
    for settings in filter(can_be_had, (NEURAL, LIVE, PURE)):
        processor = path(settings)
        _run(processor, call)
        health = processor.health()
        accounts.append((health.engines, health.cost_p50_us))
        if settings is LIVE:
            yield Figure(
                "audio", "whole chain, ERLE as told", health.erle_db or 0.0, "dB", "higher"
            )
    engines, costs = accounts[0]
    for stage in ("decode", "echo", "noise", "vad"):
        others = {
            f"engine {named[stage]}": spent[stage]
            for named, spent in accounts[1:]
            if stage in named and named[stage] != engines[stage]
        }
        name = f"stage {stage}, {engines.get(stage, 'mu-law and concealment')} p50"
        yield from beside(Figure("audio", name, costs[stage], "us", "lower"), others)


def _run(processor: AudioProcessor, call: Call) -> Signal:
    """The cleaned sound of the whole call."""
    protocol, clean = StreamProtocol(), []
    for index, (text, ulaw) in enumerate(zip(call.messages, call.sent, strict=True)):
        processor.played(ulaw, index * g711.FRAME_BYTES)
        event = protocol.receive(text)
        assert isinstance(event, Media)
        clean += [one.pcm for one in processor.push(event.ulaw, event.timestamp_ms, event.chunk)]
    return from_frames(clean)


def _delay(call: Call) -> Iterator[Figure]:
    """From the first sample of a packet to its cleaned self: the packet itself, and the lag."""
    quiet = [bytes([g711.SILENCE]) * g711.FRAME_BYTES] * len(call.sent)
    clean = _run(path(best()), Call(call.messages, quiet))
    protocol = StreamProtocol()
    events = (protocol.receive(text) for text in call.messages)
    heard = from_frames(g711.decode(one.ulaw) for one in events if isinstance(one, Media))
    lag_ms = median(
        lag_of(heard[part], clean[part]) * 1000 / RATE
        for part in (slice(at, at + 5 * RATE) for at in np.arange(12, 22, 5) * RATE)
    )
    figure = Figure(
        "audio", "whole chain, delay with the packet", lag_ms + g711.FRAME_MS, "ms", "lower"
    )
    yield from beside(figure, {"requirement": _REQUIRED_LATENCY_MS})
