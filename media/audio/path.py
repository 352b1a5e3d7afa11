"""The one place that chooses the engines of a call's audio path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from media.audio.concealment import METHODS, PacketLossConcealment
from media.audio.echo import choose as echo
from media.audio.echo.control import EchoControl
from media.audio.noise import choose as noise
from media.audio.processor import AudioProcessor, Stages
from media.audio.stage import Stage
from media.audio.vad import choose as vad

AUTO, OFF = "auto", "off"
ORDER: Mapping[str, Sequence[str]] = {
    "concealment": ("pitch", "simple"),
    "echo": ("speex", "nlms"),
    "noise": ("speex", "spectral"),
    "vad": vad.ORDER,
}
"""Best first; what stands behind an engine takes over where it cannot be had or breaks."""
_ENGINES: Mapping[str, Sequence[str]] = {
    "concealment": tuple(METHODS),
    "echo": echo.NAMES,
    "noise": noise.NAMES,
    "vad": vad.ORDER,
}

Engine = TypeVar("Engine")
Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """An engine for each stage: its name, `auto` for the best, or `off`.

    `forced` allows live what breaks the time limit of a frame.
    """

    concealment: str = "pitch"
    echo: str = AUTO
    noise: str = AUTO
    vad: str = AUTO
    forced: bool = False


def order(stage: str, wanted: str) -> list[str]:
    """The engines to try in turn; an engine that was asked for stands first.

    Raises ValueError for an engine that the stage does not know.
    """
    if wanted == OFF:
        return []
    if wanted not in (AUTO, *_ENGINES[stage]):
        raise ValueError(f"{stage}: no engine {wanted!r}; there is {', '.join(_ENGINES[stage])}")
    known = list(ORDER[stage])
    if wanted == AUTO:
        return known
    return [wanted, *known[known.index(wanted) + 1 :]] if wanted in known else [wanted, *known]


def build_path(settings: AudioSettings, clock_ns: Callable[[], int], warn: Warn) -> AudioProcessor:
    """The audio path of one call, in the process that carries it.

    An engine that cannot be had is replaced by the next; `warn` is told, and the call record
    tells it too. Raises ValueError for an engine that nobody knows.
    """
    warnings: list[str] = []

    def tell(words: str) -> None:
        warnings.append(words)
        warn(words)

    def stage(name: str, wanted: str, make: Callable[[str], Engine]) -> Stage[Engine]:
        makers = [(engine, partial(make, engine)) for engine in order(name, wanted)]
        return Stage(name, makers, tell)

    stages = Stages(
        concealment=stage("concealment", settings.concealment, PacketLossConcealment),
        echo=stage("echo", settings.echo, lambda name: EchoControl(echo.make(name))),
        noise=stage("noise", settings.noise, lambda name: noise.make(name, forced=settings.forced)),
        vad=stage("vad", settings.vad, vad.make),
    )
    return AudioProcessor(stages, clock_ns, warnings)
