"""What is heard when packets are lost, and what making it up costs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean

import numpy as np

from acoustics.loss import Lost, burst_loss, random_loss
from acoustics.score import pesq_nb
from acoustics.signals import FRAME, RATE, Signal, from_frames, on_the_line, to_frames
from acoustics.speech import Talker, corpus
from media.audio.concealment import PacketLossConcealment
from media.audio.concealment.port import Concealer
from tests.bench.audio_appendix_i import AppendixI
from tests.bench.audio_timing import costs_us
from tests.bench.figure import Figure, beside, quantile
from tests.bench.optional import installed

LOSS = 0.05
BURST_FRAMES = 3
PATTERNS = 3
TALKERS = 9
OURS = "pitch"
TARGETS = {"random": 3.38, "bursts": 3.06}
_LIMIT_US = 60
_DRAWN = 20
_BETTER_THAN_APPENDIX_I = 0.1


class Silence:
    """No concealment at all."""

    def good(self, frame: bytes) -> bytes:
        return frame

    def lost(self) -> bytes:
        return bytes(2 * FRAME)


RIVALS: Mapping[str, Callable[[], Concealer]] = {
    "G.711 Appendix I": AppendixI,
    "silence": Silence,
    "simple": lambda: PacketLossConcealment("simple"),
    "linear": lambda: PacketLossConcealment("linear"),
    "spectral": lambda: PacketLossConcealment("spectral"),
}


def measure() -> Iterator[Figure]:
    """PESQ at 5 % loss, at random and in bursts of 60 ms on average; then the cost."""
    talkers = _talkers()
    if installed("pesq"):
        for kind, target in TARGETS.items():
            print(f"audio: concealment, {kind}")
            yield from _quality(kind, target, talkers)
    yield from _cost(talkers)


def _talkers() -> list[Talker]:
    """Those who speak for at least 5 s, recorded people first."""
    long = [one for one in corpus() if len(one.pcm) >= 5 * RATE]
    return sorted(long, key=lambda one: not one.real)[:TALKERS]


def _quality(kind: str, target: float, talkers: Sequence[Talker]) -> Iterator[Figure]:
    candidates = {OURS: lambda: PacketLossConcealment(OURS), **RIVALS}
    scores = {name: _score(make, kind, talkers) for name, make in candidates.items()}
    ours = scores.pop(OURS)
    name = f"concealment, 5 % {kind}, PESQ"
    yield from beside(Figure("audio", name, ours, "MOS-LQO", "higher", target), scores)
    more = ours - scores["G.711 Appendix I"]
    least = _BETTER_THAN_APPENDIX_I if kind == "bursts" else 0.0
    yield Figure("audio", f"{name} over G.711 Appendix I", more, "MOS-LQO", "higher", least)


def _score(make: Callable[[], Concealer], kind: str, talkers: Sequence[Talker]) -> float:
    scores: list[float] = []
    for index, talker in enumerate(talkers):
        speech = on_the_line(talker.pcm)
        rng = np.random.default_rng(index)
        for _ in range(PATTERNS):
            lost = _pattern(kind, len(speech) // FRAME, rng)
            scores.append(pesq_nb(speech, _heard(make(), speech, lost)))
    return fmean(scores)


def _pattern(kind: str, frames: int, rng: np.random.Generator) -> Lost:
    """Of many the one that loses most nearly what it should: short signals vary widely."""
    drawn = (
        random_loss(frames, LOSS, rng)
        if kind == "random"
        else burst_loss(frames, LOSS, BURST_FRAMES, rng)
        for _ in range(_DRAWN)
    )
    return min(drawn, key=lambda lost: abs(float(lost.mean()) - LOSS))


def _heard(concealer: Concealer, speech: Signal, lost: Lost) -> Signal:
    frames = zip(to_frames(speech), lost, strict=True)
    return from_frames(
        concealer.lost() if gone else concealer.good(frame) for frame, gone in frames
    )


def _cost(talkers: Sequence[Talker]) -> Iterator[Figure]:
    """Microseconds of a lost frame and of a good one at 20 % loss in bursts."""
    found: dict[str, dict[bool, list[float]]] = {}
    candidates = {OURS: lambda: PacketLossConcealment(OURS), **RIVALS}
    for talker in talkers[:4]:
        frames = to_frames(on_the_line(talker.pcm))
        lost = burst_loss(len(frames), 0.2, BURST_FRAMES, np.random.default_rng(1))
        pieces = list(zip(frames, lost.tolist(), strict=True))
        for name, make in candidates.items():
            costs = costs_us(_step(make()), pieces)
            for (_, gone), cost in zip(pieces, costs, strict=True):
                found.setdefault(name, {}).setdefault(gone, []).append(cost)
    for gone, what, target in ((True, "a lost frame", _LIMIT_US), (False, "a good frame", None)):
        values = {name: fmean(costs[gone]) for name, costs in found.items()}
        ours = Figure("audio", f"concealment, {what}", values.pop(OURS), "us", "lower", target)
        yield from beside(ours, {"G.711 Appendix I": values["G.711 Appendix I"]})
    p99 = quantile(found[OURS][True], 0.99)
    yield Figure("audio", "concealment, a lost frame p99", p99, "us", "lower")


def _step(concealer: Concealer) -> Callable[[tuple[bytes, bool]], bytes]:
    return lambda piece: concealer.lost() if piece[1] else concealer.good(piece[0])
