"""Voice activity: how well speech is told from noise, and at what cost."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import webrtcvad

from acoustics.noise import at_snr
from acoustics.signals import FRAME, RATE, Signal, active_level, on_the_line, to_frames
from acoustics.speech import callees, running
from media.audio.vad.choose import ORDER, make
from media.audio.vad.port import VoiceActivity
from tests.bench.audio_timing import cost_figures, costs_us, in_turn, mean_us
from tests.bench.figure import Figure, beside
from tests.bench.optional import engines

NEURAL = "silero"
CONDITIONS = ((None, 0), ("white", 5), ("car", 5), ("babble", 10))
_SECONDS = 30
_ACTIVE_WITHIN_DB = 15.9
_HANGOVER_FRAMES = 10
_BATCH = 8
_TARGET_US = 110
Curve = npt.NDArray[np.float64]


def measure() -> Iterator[Figure]:
    """Area under the receiver's operating curve in four conditions, then costs."""
    print("audio: voice activity")
    speech = running(_SECONDS * RATE, 0, callees())
    spoken = _spoken(speech)
    names = engines(ORDER, make)
    for noise, snr_db in CONDITIONS:
        heard = speech if noise is None else at_snr(speech, noise, snr_db)
        name = "clean" if noise is None else f"{noise} {snr_db} dB"
        areas = {
            engine: area(_probabilities(make(engine), on_the_line(heard)), spoken)
            for engine in names
        }
        figure = Figure("audio", f"voice activity, {name}, AUC", areas.pop(names[0]), "", "higher")
        yield from beside(figure, areas)
    yield from _cost(to_frames(on_the_line(speech)), names)


def _spoken(clean: Signal) -> npt.NDArray[np.bool_]:
    """Frames within 15.9 dB of the active level of the clean speech, and the gaps between them.

    The margin and the hangover of 200 ms are those of ITU-T P.56: the middle of a word is speech.
    """
    frames = clean[: len(clean) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    levels = 10 * np.log10((frames**2).mean(axis=1) / 32768.0**2 + 1e-12)
    loud = np.flatnonzero(levels > active_level(clean) - _ACTIVE_WITHIN_DB)
    spoken: npt.NDArray[np.bool_] = np.zeros(len(levels), np.bool_)
    spoken[loud] = True
    for left, right in itertools.pairwise(loud.tolist()):
        spoken[left:right] |= right - left <= _HANGOVER_FRAMES
    return spoken


def _probabilities(detector: VoiceActivity, heard: Signal) -> Curve:
    found = []
    for frame in to_frames(heard):
        detector.is_speech(frame)
        found.append(detector.probability)
    return np.array(found)


def area(scores: Curve, truth: npt.NDArray[np.bool_]) -> float:
    """The chance that a frame of speech scores above one of none; ties count half."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    positive = int(truth.sum())
    total = float(ranks[inverse][truth].sum()) - positive * (positive + 1) / 2
    return total / (positive * (len(values[inverse]) - positive))


def _cost(frames: list[bytes], names: list[str]) -> Iterator[Figure]:
    makers: dict[str, Callable[[], Callable[[bytes], object]]] = {
        **{name: partial(_alone, name) for name in names},
        "webrtcvad alone": _bare,
    }
    yield from cost_figures("voice activity", in_turn(makers, frames, 3), _TARGET_US)
    if NEURAL not in names:
        return
    together = mean_us([costs_us(_batch(), frames)]) / _BATCH
    name = f"voice activity, {NEURAL}, {_BATCH} calls together, a frame"
    yield Figure("audio", name, together, "us", "lower")


def _alone(engine: str) -> Callable[[bytes], object]:
    return make(engine).is_speech


def _bare() -> Callable[[bytes], object]:
    detector = webrtcvad.Vad(2)
    return lambda frame: detector.is_speech(frame, RATE)


def _batch() -> Callable[[bytes], object]:
    """Calls whose windows end in different frames, as they do in life."""
    from media.audio.vad.batch import SileroBatch
    from media.audio.vad.silero import SileroDetector

    batch, streams = SileroBatch(), [SileroDetector() for _ in range(_BATCH)]
    for index, stream in enumerate(streams):
        for _ in range(index % 5):
            stream.is_speech(bytes(2 * FRAME))
    return lambda frame: batch.is_speech(streams, [frame] * _BATCH)
