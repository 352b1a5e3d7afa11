"""Noise reduction: what is gained in noise, and what clean speech loses by it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import fmean

import numpy as np

from acoustics.noise import at_snr
from acoustics.score import lag_of, pesq_nb, stoi
from acoustics.signals import RATE, Signal, on_the_line, through, to_frames
from acoustics.speech import Talker, corpus
from media.audio.noise import choose
from tests.bench.audio_rivals import (
    Reduce,
    noisereduce_offline,
    noisereduce_streaming,
    reducers,
)
from tests.bench.audio_timing import cost_figures, in_turn
from tests.bench.figure import Figure, beside
from tests.bench.optional import engines, installed

OURS, *OTHERS = engines(("speex", "spectral", "webrtc"), choose.make)
CONDITIONS = (("car", 5, 0.45), ("white", 5, 0.3), ("babble", 10, 0.15))
"""Noise, signal-to-noise ratio in dB, least gain in PESQ."""
_CLEAN = 4.1
_STOI_LOSS = -0.01
_SECONDS = 5
_PREFERRED = (
    "allison-demo",
    "librivox-870",
    "codec2-hts1a",
    "allison-menu",
    "flite:awb",
    "flite:rms",
    "espeak:en-us+f3",
)
Clean = Callable[[Signal], Signal]


def measure() -> Iterator[Figure]:
    """PESQ and STOI over no reduction, clean speech, delay, cost."""
    speech = Speech(_talkers())
    cleaners = dict(_cleaners())
    for noise, snr_db, target in CONDITIONS:
        print(f"audio: noise, {noise}")
        noisy = on_the_line(at_snr(speech.pcm, noise, snr_db))
        outs = {name: clean(noisy) for name, clean in cleaners.items()}
        yield from _gain(f"noise, {noise} {snr_db} dB", speech, noisy, outs, target)
    print("audio: noise, clean speech, cost")
    yield from _clean(speech, cleaners)
    yield from _cost(speech)


class Speech:
    """Talkers one after the other as one stream, scored talker by talker."""

    def __init__(self, talkers: list[Talker]) -> None:
        pieces = [one.pcm[: _SECONDS * RATE // 160 * 160] for one in talkers]
        ends = np.cumsum([len(piece) for piece in pieces])
        self.pcm: Signal = np.concatenate(pieces)
        self._parts = [
            slice(end - len(piece), end) for end, piece in zip(ends, pieces, strict=True)
        ]

    def score(self, score: Callable[[Signal, Signal], float], out: Signal) -> float:
        """The mean over talkers, with the delay of `out` taken away."""
        lag = lag_of(self.pcm, out)
        due = np.concatenate((out[lag:], np.zeros(lag, np.float32)))
        return fmean(score(self.pcm[part], due[part]) for part in self._parts)


def _talkers() -> list[Talker]:
    """Seven voices, three of them synthetic; where the recordings are not there, any seven."""
    known = {one.name: one for one in corpus()}
    chosen = [known[name] for name in _PREFERRED if name in known]
    return (chosen + [one for one in corpus() if one not in chosen])[: len(_PREFERRED)]


def _live(make: Callable[[], Reduce]) -> Clean:
    return lambda signal: through(make(), signal[: len(signal) // 160 * 160])


def _ours(engine: str) -> Reduce:
    return choose.make(engine).reduce


def _cleaners() -> Iterator[tuple[str, Clean]]:
    yield OURS, _live(lambda: _ours(OURS))
    for name, make in reducers().items():
        yield name, _live(make)
    for name in OTHERS:
        yield f"engine {name}", _live(partial(_ours, name))
    if installed("noisereduce"):
        yield "noisereduce, whole file", noisereduce_offline


def _scores() -> Iterator[tuple[str, str, Callable[[Signal, Signal], float]]]:
    if installed("pesq"):
        yield "PESQ", "MOS-LQO", pesq_nb
    if installed("pystoi"):
        yield "STOI", "", stoi


def _gain(
    name: str, speech: Speech, noisy: Signal, outs: Mapping[str, Signal], target: float
) -> Iterator[Figure]:
    for what, unit, score in _scores():
        before = speech.score(score, noisy)
        yield Figure("audio", f"{name}, {what} before", before, unit, "higher")
        gains = {rival: speech.score(score, out) - before for rival, out in outs.items()}
        least = target if what == "PESQ" else _STOI_LOSS
        ours = Figure("audio", f"{name}, {what} gained", gains.pop(OURS), unit, "higher", least)
        yield from beside(ours, gains)


def _clean(speech: Speech, cleaners: Mapping[str, Clean]) -> Iterator[Figure]:
    """Clean speech in; the delay is that of the output."""
    line = on_the_line(speech.pcm)
    outs = {name: clean(line) for name, clean in cleaners.items()}
    for what, unit, score in _scores():
        before = speech.score(score, line)
        values = {name: speech.score(score, out) for name, out in outs.items()}
        least = _CLEAN if what == "PESQ" else before + _STOI_LOSS
        figure = Figure("audio", f"noise, clean speech {what}", values.pop(OURS), unit, "higher")
        figure = Figure("audio", figure.name, figure.value, unit, "higher", least)
        yield from beside(figure, {"untouched": before, **values})
    delays = {name: lag_of(line, out) * 1000 / RATE for name, out in outs.items()}
    yield from beside(
        Figure("audio", "noise reducer, delay", delays.pop(OURS), "ms", "lower"), delays
    )


def _cost(speech: Speech) -> Iterator[Figure]:
    """noisereduce frame by frame costs so much that a second of it must do."""
    frames = to_frames(on_the_line(at_snr(speech.pcm, "car", 5)))[: 20 * 50]
    makers: dict[str, Callable[[], Reduce]] = {
        OURS: lambda: _ours(OURS),
        **{f"engine {name}": partial(_ours, name) for name in OTHERS},
        **reducers(),
    }
    found = in_turn(makers, frames)
    if installed("noisereduce"):
        rival = {"noisereduce, 0.25 s context": noisereduce_streaming}
        found |= in_turn(rival, frames[:100], rounds=1)
    yield from cost_figures("noise reducer", found)
