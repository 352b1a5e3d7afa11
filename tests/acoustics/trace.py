"""When the 20 ms frames of five minutes arrive over three kinds of network, always in order."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRAME_MS = 20
SECONDS = 300
Times = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Trace:
    """`arrivals_ms[i]` of the frame that was sent at `20 * i` ms."""

    name: str
    arrivals_ms: Times

    @property
    def delays_ms(self) -> Times:
        """Of each frame over the fastest one."""
        delays = self.arrivals_ms - FRAME_MS * np.arange(len(self.arrivals_ms))
        least: Times = delays - delays.min()
        return least


def _sent(seconds: int) -> Times:
    return FRAME_MS * np.arange(seconds * 1000 // FRAME_MS, dtype=np.float64)


def _in_order(arrivals: Times) -> Times:
    """A stream over TCP: nobody overtakes."""
    return np.maximum.accumulate(arrivals)


def jitter(rng: np.random.Generator, seconds: int = SECONDS) -> Trace:
    """Gamma-distributed delays with a standard deviation of 9 ms before ordering."""
    sent = _sent(seconds)
    return Trace("jitter", _in_order(sent + rng.gamma(2.0, 9.0 / np.sqrt(2.0), len(sent))))


def _stalled(
    sent: Times, every_s: float, least: float, most: float, rng: np.random.Generator
) -> Times:
    """What is sent in a stall arrives at its end; stalls begin as a Poisson process."""
    ready = sent.copy()
    begins = np.cumsum(rng.exponential(every_s * 1000, len(sent)))
    for begin in begins[begins < sent[-1]]:
        end = begin + rng.uniform(least, most)
        held = (sent >= begin) & (sent < end)
        ready[held] = np.maximum(ready[held], end)
    return ready


def wifi(rng: np.random.Generator, seconds: int = SECONDS) -> Trace:
    """A shared radio: 40-140 ms without a frame every 1.5 s, then all of them at once."""
    sent = _sent(seconds)
    ready = _stalled(sent, 1.5, 40.0, 140.0, rng)
    return Trace("Wi-Fi bursts", _in_order(ready + rng.gamma(2.0, 3.0, len(sent))))


def tcp(rng: np.random.Generator, seconds: int = SECONDS) -> Trace:
    """Retransmissions: 60-300 ms without a frame every 9 s."""
    sent = _sent(seconds)
    ready = _stalled(sent, 9.0, 60.0, 300.0, rng)
    return Trace("TCP stalls", _in_order(ready + rng.gamma(2.0, 2.0, len(sent))))


TRACES: tuple[Callable[[np.random.Generator], Trace], ...] = (jitter, wifi, tcp)
