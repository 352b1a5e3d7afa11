"""Echo cancellation in the scenes of `acoustics.scene`, beside what else cancels echo."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import Literal

import numpy as np

from acoustics.scene import Scene, echo_scene
from acoustics.score import dbfs, erle_db, pesq_nb, t20
from acoustics.signals import FRAME, RATE, Signal, from_frames, to_frames
from media.audio.echo import choose
from media.audio.echo.control import EchoControl
from tests.bench.audio_rivals import Cancel, cancellers
from tests.bench.audio_timing import cost_figures, in_turn
from tests.bench.figure import Figure, beside
from tests.bench.optional import engines, installed

OURS, *OTHERS = engines(("speex", "nlms"), choose.make)
DELAYS_MS = (40, 100, 200, 400, 600)
PATHS = (1, 2, 3, 4)
_SWEEP_MS = (*range(0, 600, 17), *range(20, 600, 20))
_TONES_LEAST_DB = 20
_DTMF_HZ = (697.0, 1209.0), (770.0, 1336.0), (852.0, 1477.0), (941.0, 1209.0)
Makers = Mapping[str, Callable[[], Cancel]]
Score = Callable[[Scene, Signal], float]


def measure() -> Iterator[Figure]:
    """The scene of 64 ms and 6 dB at no delay, at bulk delays, on other paths; tones; the cost."""
    rivals = cancellers()
    known = {name: make for name, make in rivals.items() if "preprocessor" not in name}
    print("audio: echo, no delay")
    plain = echo_scene()
    yield from _scene("echo", plain, OURS, rivals)
    for name in OTHERS:
        yield from _scene(f"echo, engine {name}", plain, name, {}, targets=False)
    for delay in DELAYS_MS:
        print(f"audio: echo, {delay} ms")
        scene = echo_scene(delay_ms=delay)
        yield from _scene(f"echo {delay} ms late", scene, OURS, known)
    print("audio: echo, all delays, other paths, tones, cost")
    yield from _all_delays()
    yield from _other_paths(known)
    yield from _tones(known)
    yield from _cost(plain, rivals)


def ours(engine: str) -> Cancel:
    """The product's canceller: aligner, engine, guard and residual suppressor."""
    control, at = EchoControl(choose.make(engine)), 0

    def cancel(near: bytes, far: bytes) -> bytes:
        nonlocal at
        control.played(far, at)
        pcm = control.process(near, at).pcm
        at += FRAME
        return pcm

    return cancel


def _engines() -> dict[str, Callable[[], Cancel]]:
    others = {f"engine {name}": partial(ours, name) for name in OTHERS}
    return {OURS: partial(ours, OURS), **others}


def heard(cancel: Cancel, scene: Scene) -> Signal:
    """What is left of the microphone of a whole scene."""
    frames = zip(to_frames(scene.mic), to_frames(scene.far), strict=True)
    return from_frames(cancel(near, far) for near, far in frames)


def _steady(scene: Scene, out: Signal) -> float:
    part = scene.seconds(8, 12)
    return erle_db(scene.mic[part], out[part])


def _converged_s(scene: Scene, out: Signal) -> float:
    """Never is the time at which the path ends."""
    before = slice(0, scene.double_talk[0])
    return min(t20(scene.mic[before], out[before]), scene.path_ends_at / RATE)


def _double_talk(scene: Scene, out: Signal) -> float:
    part = slice(*scene.double_talk)
    return pesq_nb(scene.near[part], out[part])


def _after(scene: Scene, out: Signal) -> float:
    part = scene.seconds(23, 26)
    return erle_db(scene.mic[part], out[part])


def _vanished(scene: Scene, out: Signal) -> float:
    return dbfs(out[scene.seconds(26.5, 30)])


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is measured of a scene; `bounds` are the sounds of the scene it is compared with."""

    name: str
    score: Score
    unit: str
    better: Literal["higher", "lower"]
    target: float
    bounds: tuple[str, ...] = ()

    def figure(self, name: str, value: float, target: float | None = None) -> Figure:
        """A figure of the value."""
        return Figure("audio", f"{name}, {self.name}", value, self.unit, self.better, target)


_TRUE, _NOTHING = "true echo subtracted", "no canceller"
QUANTITIES = (
    Quantity("ERLE 8-12 s", _steady, "dB", "higher", 31, (_TRUE,)),
    Quantity("20 dB reached", _converged_s, "s", "lower", 1.2),
    Quantity("double talk PESQ", _double_talk, "MOS-LQO", "higher", 3.7, (_TRUE, _NOTHING)),
    Quantity("ERLE after double talk", _after, "dB", "higher", 25),
    Quantity("vanished, residual", _vanished, "dBFS", "lower", -60),
)


def _quantities() -> Iterator[Quantity]:
    for one in QUANTITIES:
        if one.score is not _double_talk or installed("pesq"):
            yield one


def _scene(
    name: str, scene: Scene, engine: str, rivals: Makers, *, targets: bool = True
) -> Iterator[Figure]:
    out = heard(ours(engine), scene)
    others = {rival: heard(make(), scene) for rival, make in rivals.items()}
    bounds = {_NOTHING: scene.mic, _TRUE: scene.mic - scene.echo}
    for one in _quantities():
        compared = {**others, **{bound: bounds[bound] for bound in one.bounds}}
        values = {rival: one.score(scene, sound) for rival, sound in compared.items()}
        target = one.target if targets else None
        yield from beside(one.figure(name, one.score(scene, out), target), values)


def _all_delays() -> Iterator[Figure]:
    """The worst of many bulk delays over 12 s: a canceller that finds one may miss another."""
    found: list[tuple[float, float]] = []
    for delay in _SWEEP_MS:
        scene = echo_scene(delay_ms=delay)
        single = slice(0, scene.double_talk[0])
        start = replace(scene, mic=scene.mic[single], far=scene.far[single])
        out = heard(ours(OURS), start)
        found.append((_steady(start, out), min(t20(start.mic, out), scene.path_ends_at / RATE)))
    name = f"echo, {len(found)} delays up to 600 ms"
    erle, reached = (one.figure for one in QUANTITIES[:2])
    yield erle(f"{name}, worst", min(level for level, _ in found), QUANTITIES[0].target)
    yield reached(f"{name}, worst", max(time for _, time in found), QUANTITIES[1].target)
    share = 100 * fmean(time <= QUANTITIES[1].target for _, time in found)
    yield Figure("audio", f"{name}, found in time", share, "%", "higher")


def _other_paths(rivals: Makers) -> Iterator[Figure]:
    """Means over other paths (32-128 ms), pairs of voices and delays (60-240 ms)."""
    makers: Makers = {OURS: lambda: ours(OURS), **rivals}
    scenes = [echo_scene(seed=seed, delay_ms=60.0 * seed, tail_ms=32.0 * seed) for seed in PATHS]
    outs = {name: [heard(make(), scene) for scene in scenes] for name, make in makers.items()}
    outs[_TRUE] = [scene.mic - scene.echo for scene in scenes]
    for one in _quantities():
        means = {
            name: fmean(one.score(scene, out) for scene, out in zip(scenes, heard_in, strict=True))
            for name, heard_in in outs.items()
            if name != _TRUE or _TRUE in one.bounds
        }
        yield from beside(one.figure(f"echo, {len(PATHS)} other scenes", means.pop(OURS)), means)


def _tones(rivals: Makers) -> Iterator[Figure]:
    """ERLE while the far end sends DTMF after 12 s of speech (as G.168 test 6)."""
    speech = echo_scene().far.copy()
    at = np.arange(len(speech)) / RATE
    for index, pair in enumerate(_DTMF_HZ):
        part = slice((12 + 2 * index) * RATE, (14 + 2 * index) * RATE)
        tone = sum(np.sin(2 * np.pi * hz * at[part]) for hz in pair)
        speech[part] = 32768.0 * 10 ** (-20 / 20) * np.asarray(tone)
    scene = echo_scene(far=speech, ser_db=-96.0)
    makers: Makers = {**_engines(), **rivals}
    part = scene.seconds(12, 20)
    found = {
        name: erle_db(scene.mic[part], heard(make(), scene)[part]) for name, make in makers.items()
    }
    figure = Figure("audio", "echo of DTMF, ERLE", found.pop(OURS), "dB", "higher", _TONES_LEAST_DB)
    yield from beside(figure, found)


def _cost(scene: Scene, rivals: Makers) -> Iterator[Figure]:
    frames = list(zip(to_frames(scene.mic), to_frames(scene.far), strict=True))[: 20 * 50]

    def step(make: Callable[[], Cancel]) -> Callable[[], Callable[[tuple[bytes, bytes]], bytes]]:
        def made() -> Callable[[tuple[bytes, bytes]], bytes]:
            cancel = make()
            return lambda pair: cancel(*pair)

        return made

    makers: Makers = {**_engines(), **rivals}
    found = in_turn({name: step(make) for name, make in makers.items()}, frames)
    yield from cost_figures("echo canceller", found)
