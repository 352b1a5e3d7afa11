"""Play-out over networks that hold frames back: what has to be made up at which delay."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from acoustics.signals import on_the_line, to_frames
from acoustics.speech import agents, running
from acoustics.trace import FRAME_MS, TRACES, Trace
from media.audio import g711
from media.audio.concealment import PacketLossConcealment
from media.audio.jitter import AdaptiveJitterBuffer
from media.audio.ring import AudioBufferManager
from tests.bench.audio_timing import REQUIRED_US, costs_us, mean_us
from tests.bench.figure import Figure, beside

TARGETS = {"Wi-Fi bursts": (0.2, 110.0)}
_REQUIRED_BUFFER_US = 5_000
_LOOP = 20_000
_BUCKETS, _FORGET, _QUANTILE = 100, 0.983, 0.95
Policy = Callable[[Trace], tuple[float, float]]
"""Share concealed in %, mean delay in ms."""


def measure() -> Iterator[Figure]:
    """Concealment and delay on three kinds of network, the cost of a frame, and of the ring."""
    for make in TRACES:
        trace = make(np.random.default_rng(1))
        print(f"audio: jitter buffer, {trace.name}")
        yield from _policies(trace)
    yield from _ring()


def _policies(trace: Trace) -> Iterator[Figure]:
    buffer, cost_us = _play(trace)
    statistics = buffer.statistics
    played = statistics.frames - statistics.waited
    ours = (100 * statistics.concealed / played, statistics.mean_delay_ms)
    rivals = {name: policy(trace) for name, policy in POLICIES.items()}
    targets = TARGETS.get(trace.name, (None, None))
    for index, (what, unit) in enumerate((("concealed", "%"), ("mean delay", "ms"))):
        name = f"jitter buffer, {trace.name}, {what}"
        figure = Figure("audio", name, ours[index], unit, "lower", targets[index])
        yield from beside(figure, {rival: values[index] for rival, values in rivals.items()})
    stretched = statistics.accelerated_samples + statistics.expanded_samples
    share = 100 * stretched / (played * g711.FRAME_BYTES)
    name = f"jitter buffer, {trace.name}"
    yield Figure("audio", f"{name}, stretched", share, "%", "lower")
    if trace.name in TARGETS:
        cost = Figure("audio", "jitter buffer, put and get", cost_us, "us", "lower")
        yield from beside(cost, {"requirement": REQUIRED_US})


def _play(trace: Trace) -> tuple[AdaptiveJitterBuffer, float]:
    """The whole trace on a clock of 20 ms; also the mean processor time of a frame."""
    count = len(trace.arrivals_ms)
    frames = to_frames(on_the_line(running(count * g711.FRAME_BYTES, 0, agents())))
    buffer = AdaptiveJitterBuffer(PacketLossConcealment())
    arrivals = trace.arrivals_ms.tolist()
    waiting = 0

    def tick(number: int) -> None:
        nonlocal waiting
        now_ms = number * FRAME_MS
        while waiting < count and arrivals[waiting] <= now_ms:
            stamp = waiting * g711.FRAME_BYTES & 0xFFFF_FFFF
            buffer.put(frames[waiting], stamp, waiting + 1 & 0xFFFF, arrivals[waiting])
            waiting += 1
        buffer.get(now_ms)

    costs = costs_us(tick, range(count))
    return buffer, mean_us([costs])


def _fixed(delay_ms: float) -> Policy:
    return lambda trace: (100 * float((trace.delays_ms > delay_ms).mean()), delay_ms)


def _estimated(estimate: Callable[[Trace], Iterator[float]]) -> Policy:
    """A delay for each frame, estimated before it came, held within 40-200 ms."""

    def policy(trace: Trace) -> tuple[float, float]:
        held = np.array([min(200.0, max(40.0, delay)) for delay in estimate(trace)])
        return 100 * float((trace.delays_ms > held).mean()), float(held.mean())

    return policy


def _rfc3550(trace: Trace) -> Iterator[float]:
    """Mean delay and four times the interarrival jitter of RFC 3550, 6.4.1."""
    mean = jitter = before = 0.0
    for delay in trace.delays_ms.tolist():
        yield mean + 4 * jitter
        mean += (delay - mean) / 16
        jitter += (abs(delay - before) - jitter) / 16
        before = delay


def _neteq(trace: Trace) -> Iterator[float]:
    """WebRTC's NetEQ: 0.95 quantile of a forgetting histogram of each half second's maximum."""
    histogram = [0.0] * _BUCKETS
    histogram[3] = 1.0
    recent: deque[float] = deque(maxlen=2000 // FRAME_MS)
    target = peak = 0.0
    for index, delay in enumerate(trace.delays_ms.tolist()):
        yield max(target, 80.0 if index < 25 else 0.0)
        recent.append(delay)
        peak = max(peak, delay - min(recent))
        if index % 25 == 24:
            histogram = [weight * _FORGET for weight in histogram]
            histogram[min(_BUCKETS - 1, int(peak / FRAME_MS))] += 1 - _FORGET
            target, peak = _quantile_ms(histogram), 0.0


def _quantile_ms(histogram: list[float]) -> float:
    total = 0.0
    for index, weight in enumerate(histogram):
        total += weight
        if total >= _QUANTILE:
            return (index + 1.0) * FRAME_MS
    return math.inf


POLICIES: Mapping[str, Policy] = {
    "fixed 100 ms": _fixed(100.0),
    "RFC 3550, 40-200 ms": _estimated(_rfc3550),
    "NetEQ's quantile, 40-200 ms": _estimated(_neteq),
}


def _ring() -> Iterator[Figure]:
    """One operation of the circular buffer: of a put and a get in turn, half each."""
    ring, frame = AudioBufferManager(), bytes(g711.FRAME_BYTES)
    plain: deque[bytes] = deque(maxlen=50)

    def ours(number: int) -> None:
        ring.push(frame, number)
        ring.pop(number)

    def theirs(_: int) -> None:
        plain.append(frame)
        plain.popleft()

    def nothing(_: int) -> None: ...

    found = {work: mean_us([costs_us(work, range(_LOOP))]) for work in (ours, theirs, nothing)}
    cost, deque_cost = ((found[work] - found[nothing]) / 2 for work in (ours, theirs))
    figure = Figure("audio", "circular buffer, an operation", cost, "us", "lower", 1)
    yield from beside(figure, {"deque": deque_cost, "requirement": _REQUIRED_BUFFER_US})
