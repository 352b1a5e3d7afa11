"""A stream of speech-like sound over a network, and a consumer who takes a frame each 20 ms."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from media.audio.jitter import AdaptiveJitterBuffer
from media.audio.jitter.statistics import JitterStatistics

FRAME_MS = 20.0


class Packet(NamedTuple):
    arrival_ms: float
    frame: bytes
    timestamp: int
    sequence: int


class Recorder:
    """A concealer that repeats, and remembers what it was given."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []
        self._last = bytes(320)

    def good(self, frame: bytes) -> bytes:
        self.drawn.append(frame)
        self._last = frame
        return frame

    def lost(self) -> bytes:
        return self._last


def pcm(samples: np.ndarray) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def frames_of(sound: bytes) -> list[bytes]:
    return [sound[at : at + 320] for at in range(0, len(sound) - 319, 320)]


def talk(seconds: float) -> list[bytes]:
    """Vowels whose pitch glides from 95 to 190 Hz and back, hissing ends, pauses; no two alike."""
    time = np.arange(int(seconds * 8000)) / 8000
    rng = np.random.default_rng(7)
    phase = 2 * np.pi * np.cumsum(140 + 45 * np.sin(2 * np.pi * 0.7 * time)) / 8000
    vowel = sum(np.sin(k * phase) / (1 + abs(k - 4)) for k in range(1, 12))
    beat = time % 0.8
    hiss = rng.normal(0, 400, len(time)) * ((beat > 0.35) & (beat < 0.5))
    return frames_of(pcm(2500 * vowel * (beat < 0.42) + hiss + rng.normal(0, 3, len(time))))


def packets(
    frames: Sequence[bytes], arrivals_ms: Iterable[float], first_stamp: int = 0, first: int = 1
) -> list[Packet]:
    """One after the other as RTP numbers them: 32 and 16 bits."""
    return [
        Packet(arrival, frame, (first_stamp + 160 * index) % 2**32, (first + index) % 2**16)
        for index, (frame, arrival) in enumerate(zip(frames, arrivals_ms, strict=True))
    ]


def play(
    buffer: AdaptiveJitterBuffer, stream: Sequence[Packet], until_ms: float, phase_ms: float = 7.0
) -> list[bytes]:
    """What the consumer gets from `phase_ms` on; packets are given as they arrive."""
    waiting = sorted(stream, key=lambda packet: packet.arrival_ms)
    got, at = [], 0
    for tick in range(int((until_ms - phase_ms) / FRAME_MS)):
        now = phase_ms + tick * FRAME_MS
        while at < len(waiting) and waiting[at].arrival_ms <= now:
            arrival, frame, timestamp, sequence = waiting[at]
            buffer.put(frame, timestamp, sequence, arrival)
            at += 1
        got.append(buffer.get(now))
    return got


def missing_samples(counts: JitterStatistics, held: int) -> int:
    """Zero when every sample in and out is accounted for."""
    accepted = counts.received - counts.malformed - counts.duplicates - counts.late
    made = 160 * (accepted + counts.concealed + counts.paused)
    stretched = counts.expanded_samples - counts.accelerated_samples
    return made + stretched - held - 160 * (counts.frames - counts.waited)
