"""Reads what lies between a callee and the customer: noise, and a network in trouble."""

from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import numpy as np

from media.audio.gain import TARGET_DBFS
from media.audio.resample import Samples, to_pcm
from media.simulator.impairments import STALL_MS, Impairments
from media.simulator.people import speech
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.sound.filters import LineKind, filtered
from media.simulator.people.sound.noise import NoiseKind, loop

_LEVEL = (-90.0, -10.0)
_NETWORK = {
    "jitter_ms",
    "stalls",
    "loss",
    "duplicates",
    "lose_first_ms",
    "reset_after_ms",
    "stop",
    "unknown_events",
}


def noise(
    fields: dict[str, Marked], speech_dbfs: float | None, line: LineKind | None, rng: Random
) -> Samples | None:
    """`noise_dbfs` (hiss) and `noise`, one or several kinds together, as one seamless loop.

    A signal-to-noise ratio is counted from the callee's speech at `speech_dbfs`.
    """
    loops = []
    if "noise_dbfs" in fields:
        loops.append(loop(NoiseKind.WHITE, fields["noise_dbfs"].number(*_LEVEL), rng))
    if "noise" in fields:
        value = fields["noise"]
        speech_level = TARGET_DBFS if speech_dbfs is None else speech_dbfs
        kinds = value.items() if value.is_list() else [value]
        loops.extend(_kind(one, speech_level, rng) for one in kinds)
    if not loops:
        return None
    length = max(len(one) for one in loops)
    together = np.sum([np.resize(one, length) for one in loops], axis=0, dtype=np.float32)
    if line is None:
        return np.asarray(together, dtype=np.float32)
    twice = filtered(np.tile(together, 2), line)
    return np.roll(twice[length // 2 : length // 2 + length], length // 2)


def _kind(value: Marked, speech_dbfs: float, rng: Random) -> Samples:
    fields = value.fields({"kind", "dbfs", "snr_db"})
    if "kind" not in fields:
        raise value.error(f"needs a `kind:`, one of {', '.join(NoiseKind)}")
    if ("dbfs" in fields) == ("snr_db" in fields):
        raise value.error("needs either `dbfs:`, its level, or `snr_db:`, how far below the speech")
    if "dbfs" in fields:
        dbfs = fields["dbfs"].number(*_LEVEL)
    else:
        dbfs = speech_dbfs - fields["snr_db"].number(-10, 60)
    return loop(fields["kind"].choice(NoiseKind), dbfs, rng)


def network(value: Marked, seed: int) -> Impairments:
    """`network:`, troubles of the stream in calls to this callee."""
    fields = value.fields(_NETWORK)
    stalls = fields["stalls"].fields({"every_s", "ms"}) if "stalls" in fields else {}
    if "stalls" in fields and "every_s" not in stalls:
        raise fields["stalls"].error("needs `every_s:`, the mean time between two stalls")
    reset = fields.get("reset_after_ms")
    return Impairments(
        jitter_ms=int(fields["jitter_ms"].number(0, 1000)) if "jitter_ms" in fields else 0,
        stall_every_s=stalls["every_s"].number(0.1, 3600) if stalls else 0.0,
        stall_ms=_span(stalls["ms"]) if "ms" in stalls else STALL_MS,
        loss=_share(fields, "loss"),
        duplicates=_share(fields, "duplicates"),
        lose_first_ms=int(fields["lose_first_ms"].number()) if "lose_first_ms" in fields else 0,
        reset_after_ms=int(reset.number()) if reset else None,
        stop=fields["stop"].truth() if "stop" in fields else True,
        unknown_events=fields["unknown_events"].truth() if "unknown_events" in fields else False,
        seed=seed,
    )


def _share(fields: dict[str, Marked], name: str) -> float:
    return fields[name].number(0, 1) if name in fields else 0.0


def _span(value: Marked) -> tuple[int, int]:
    """A duration in ms, or a list of the least and the most."""
    bounds = [
        int(one.number(20, 60_000)) for one in (value.items() if value.is_list() else [value])
    ]
    if len(bounds) not in (1, 2):
        raise value.error("must be ms, or a list of the least and the most ms")
    return min(bounds), max(bounds)


def frames(sound: Samples | None) -> tuple[bytes, ...]:
    """A loop of noise in frames of mu-law, between the callee's words."""
    if sound is None:
        return ()
    silence = b"\xff" * len(sound)
    return speech.utterance("noise", speech.mixed(silence, to_pcm(sound))).frames
