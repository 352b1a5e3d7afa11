"""Reads what lies between a callee and the carrier: noise, and a poor line."""

from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import numpy as np

from media.audio.gain import TARGET_DBFS
from media.audio.resample import Samples, to_pcm
from media.simulator.people import speech
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.sound.filters import LineKind, filtered
from media.simulator.people.sound.noise import NoiseKind, loop

_LEVEL = (-90.0, -10.0)


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


def frames(sound: Samples | None) -> tuple[bytes, ...]:
    """A loop of noise in frames of mu-law, between the callee's words."""
    if sound is None:
        return ()
    silence = b"\xff" * len(sound)
    return speech.utterance("noise", speech.mixed(silence, to_pcm(sound))).frames
