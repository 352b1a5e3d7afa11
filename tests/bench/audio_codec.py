"""The small steps on the way in and out: codec, resampling, level, beeps."""

import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import numpy as np

from acoustics.signals import RATE, on_the_line, to_frames
from acoustics.speech import callees, running
from media.audio import g711
from media.audio.level import rms_dbfs
from media.audio.resample import FoldedUpsampler, Resampler, Samples, to_pcm, to_samples
from media.audio.tone import BeepDetector
from tests.bench.audio_timing import cost_figures, in_turn
from tests.bench.figure import Figure

Work = Callable[[bytes], object]
_RATES = ((8000, 16_000), (16_000, 8000), (8000, 24_000), (24_000, 8000), (22_050, 8000))
_WITHHELD_MS = 5


def measure() -> Iterator[Figure]:
    """Each step beside what else does it; then what each resampler withholds."""
    print("audio: codec, resampling, level")
    frames = to_frames(on_the_line(running(20 * RATE, 0, callees())))
    theirs = _stdlib()
    steps: tuple[tuple[str, Callable[[], Work], float, str], ...] = (
        ("mu-law, both ways", lambda: lambda pcm: g711.decode(g711.encode(pcm)), 10, ""),
        ("8 to 16 kHz, folded", _wide, 50, "audioop.ratecv"),
        ("level", lambda: rms_dbfs, 5, ""),
        ("beep detector", lambda: BeepDetector().feed, 100, ""),
    )
    for name, make, target, rival in steps:
        makers = {"": make} | ({rival: theirs[rival]} if rival in theirs else {})
        yield from cost_figures(name, in_turn(makers, frames, 3), target)
    for source, target_hz in _RATES:
        yield from _resampler(source, target_hz)


def _wide() -> Work:
    upsampler = FoldedUpsampler()
    return lambda pcm: to_pcm(upsampler.process(to_samples(pcm)))


def _stdlib() -> dict[str, Callable[[], Work]]:
    """What the standard library has of it, up to Python 3.12."""
    if find_spec("audioop") is None:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    return {
        "audioop.ratecv": lambda: lambda pcm: audioop.ratecv(pcm, 2, 1, 8000, 16_000, None),
    }


def _resampler(source_hz: int, target_hz: int) -> Iterator[Figure]:
    """Cost of 20 ms, and the most sound that is owed after any of them."""
    frame = np.zeros(source_hz // 50, np.float32)
    name = f"resampler {source_hz / 1000:g} to {target_hz / 1000:g} kHz"
    pieces: list[Samples] = [frame] * 500
    found = in_turn({"": lambda: Resampler(source_hz, target_hz).process}, pieces, 3)
    yield from cost_figures(name, found)
    resampler, given, owed_ms = Resampler(source_hz, target_hz), 0, 0.0
    for index, piece in enumerate(pieces, start=1):
        given += len(resampler.process(piece))
        owed_ms = max(owed_ms, 1000 * (index * len(piece) / source_hz - given / target_hz))
    yield Figure("audio", f"{name}, withheld", owed_ms, "ms", "lower", _WITHHELD_MS)
