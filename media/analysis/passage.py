"""A whole recording through the audio path of the live call, and what it found in each frame."""

import logging
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dialer.call import AudioHealth
from media.audio import g711
from media.audio.level import SILENT_DBFS, rms_dbfs
from media.audio.noise import noisereduce
from media.audio.path import OFF, AudioSettings, build_path
from media.audio.processor import AudioProcessor, CleanFrame
from media.audio.resample import Samples, to_pcm

Levels = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_log = logging.getLogger(__name__)
_SPAN_FRAMES = 50
"""ERLE is told over a second, as one frame of speech says little."""
_AUDIBLE_DBFS = -50.0


@dataclass(frozen=True)
class Passage:
    """What went in and what came out: PCM s16le at 8 kHz; per frame of 20 ms levels in dBFS and
    flags. `erle_db` is NaN where no echo was heard alone in the second around."""

    callee: bytes
    agent: bytes
    clean: bytes
    callee_dbfs: Levels
    agent_dbfs: Levels
    clean_dbfs: Levels
    speech: Flags
    echo: Flags
    double_talk: Flags
    health: AudioHealth
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.speech) * g711.FRAME_MS / 1000

    @property
    def erle_db(self) -> Levels:
        """Echo return loss enhancement (ITU-T G.168) per frame, over the second around it."""
        alone = self.echo & ~self.double_talk & (self.callee_dbfs > _AUDIBLE_DBFS)
        span = np.ones(min(_SPAN_FRAMES, len(alone)))
        before, after = (
            np.convolve(np.where(alone, 10 ** (level / 10), 0.0), span, "same")
            for level in (self.callee_dbfs, self.clean_dbfs)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            erle: Levels = 10 * np.log10(before / after)
        return np.where(before > 0, np.minimum(erle, -SILENT_DBFS), np.nan)


def through(callee: Samples, agent: Samples | None, settings: AudioSettings) -> Passage:
    """Run one call's channels at 8 kHz, by the mu-law of the line, through the audio path.

    The engine `noisereduce` hears the whole recording afterwards. Raises ValueError for an engine
    nobody knows, ImportError without that package.
    """
    offline = settings.noise == noisereduce.NoisereduceReducer.name
    began = time.process_time()
    near, far = _frames(callee), _frames(agent if agent is not None else callee[:0])
    path = build_path(
        replace(settings, noise=OFF) if offline else settings, time.perf_counter_ns, _log.warning
    )
    out = _run(path, near, far)
    health = path.health()
    late = b"".join(frame.pcm for frame in out)
    clean = late[2 * path.lag_samples :].ljust(len(late), b"\0")
    if offline:
        clean = noisereduce.clean(clean)
        health = health.model_copy(update={"engines": {**health.engines, "noise": settings.noise}})
    agent_pcm = b"".join(g711.decode(frame) for frame in far)[: len(clean)].ljust(len(clean), b"\0")
    callee_pcm = b"".join(frame.line for frame in out)
    return Passage(
        callee=callee_pcm,
        agent=agent_pcm,
        clean=clean,
        callee_dbfs=_levels(callee_pcm),
        agent_dbfs=_levels(agent_pcm),
        clean_dbfs=_levels(clean),
        speech=np.array([frame.speech for frame in out]),
        echo=np.array([frame.echo for frame in out]),
        double_talk=np.array([frame.double_talk for frame in out]),
        health=health,
        cpu_seconds=time.process_time() - began,
    )


def _run(path: AudioProcessor, near: list[bytes], far: list[bytes]) -> list[CleanFrame]:
    out: list[CleanFrame] = []
    for number, frame in enumerate(near):
        at_ms = number * g711.FRAME_MS
        if number < len(far):
            path.played(far[number], number * g711.FRAME_BYTES)
        out += path.push(frame, at_ms, number + 1)
    return out


def _levels(pcm: bytes) -> Levels:
    frame = 2 * g711.FRAME_BYTES
    return np.array([rms_dbfs(pcm[at : at + frame]) for at in range(0, len(pcm), frame)])


def _frames(samples: Samples) -> list[bytes]:
    """Mu-law frames; the last one is filled with silence."""
    ulaw = g711.encode(to_pcm(samples))
    rest = -len(ulaw) % g711.FRAME_BYTES
    ulaw += bytes([g711.SILENCE]) * rest
    return [ulaw[at : at + g711.FRAME_BYTES] for at in range(0, len(ulaw), g711.FRAME_BYTES)]
