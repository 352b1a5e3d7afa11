"""What a callee or `<Say>` can put on the line: mu-law sound cut into frames."""

import math
from array import array
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run
from threading import Lock

from media.audio import g711
from media.engines.tts import choose, espeak
from media.engines.tts.port import Voice, VoiceFailed
from media.simulator.playout.playback import FRAME, SAMPLE_RATE

_one_speaker = Lock()
"""Speech engines are not thread-safe, and every `<Say>` speaks in a thread of its own."""
BEEP_HZ = 1000


class RecordingMissing(Exception):
    """There is no such recording among the callees' voices."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A named piece of sound; `samples` up to the last one louder than silence."""

    name: str
    frames: tuple[bytes, ...]
    samples: int


def utterance(name: str, sound: bytes, loud_until: int | None = None) -> Utterance:
    """Cut mu-law into frames of 160 bytes, the last filled with silence."""
    end = len(sound) if loud_until is None else loud_until
    frames = (sound[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, end, FRAME))
    return Utterance(name, tuple(frames), end)


def recorded(name: str) -> bytes:
    """The shipped recording `<name>.ul` of one of `callees`' folders. Raises `RecordingMissing`."""
    file = recordings().get(name)
    if file is None:
        raise RecordingMissing(name)
    return file.read_bytes()


@lru_cache(maxsize=1)
def recordings() -> dict[str, Traversable]:
    """Every shipped recording by its name."""
    callees = resources.files("media.simulator").joinpath("callees")
    files = [*callees.iterdir(), *callees.joinpath("people").iterdir()]
    return {file.name[: -len(".ul")]: file for file in files if file.name.endswith(".ul")}


def tone(duration_ms: int, hz: int = BEEP_HZ, dbfs: float = -18.0) -> bytes:
    """A steady sine of the given RMS level, mu-law."""
    peak = 32768 * 10 ** (dbfs / 20) * math.sqrt(2)
    count = SAMPLE_RATE * duration_ms // 1000
    step = 2 * math.pi * hz / SAMPLE_RATE
    wave = array("h", (round(peak * math.sin(step * i)) for i in range(count)))
    return g711.encode(wave.tobytes())


def noise(rng: Random, dbfs: float, duration_ms: int = 2000) -> bytes:
    """White Gaussian noise of the given RMS level, PCM s16le, to be repeated."""
    sigma = 32768 * 10 ** (dbfs / 20)
    count = SAMPLE_RATE * duration_ms // 1000
    return array("h", (_clip(rng.gauss(0, sigma)) for _ in range(count))).tobytes()


def mixed(sound: bytes, pcm_noise: bytes) -> bytes:
    """Mu-law sound with repeated PCM noise added."""
    speech = array("h", g711.decode(sound))
    hiss = array("h", pcm_noise)
    both = (_clip(s + hiss[i % len(hiss)]) for i, s in enumerate(speech))
    return g711.encode(array("h", both).tobytes())


def _clip(value: float) -> int:
    return max(-32768, min(32767, round(value)))


@lru_cache(maxsize=256)
def spoken(voice: str, text: str) -> bytes:
    """`text` by the local voice, mu-law; a tone of about its length where no voice works."""
    try:
        with _one_speaker:
            return g711.encode(b"".join(_voice(voice).synthesize(text)))
    except VoiceFailed:
        return tone(_reading_time_ms(text), hz=300)


def _voice(name: str) -> Voice:
    """The voice, or the best one of this machine. Raises `VoiceFailed`.

    `choose` knows eSpeak's American voice alone; callees have every accent of that engine.
    """
    if name.startswith("espeak:") and espeak.installed():
        return espeak.voice(name.removeprefix("espeak:"))
    try:
        return choose.make(name if ":" in name else f"flite:{name}")
    except VoiceFailed:
        return choose.make()


def _reading_time_ms(text: str) -> int:
    """About 15 characters a second, as a calm reader speaks."""
    return 300 + 1000 * len(text) // 15


_ROWS, _COLUMNS, _KEYS = (697, 770, 852, 941), (1209, 1336, 1477, 1633), "123A456B789C*0#D"


def touch_tone(digit: str, duration_ms: int = 120) -> bytes:
    """A key's two tones (ITU-T Q.23) followed by 80 ms of silence, mu-law."""
    row, column = divmod(_KEYS.index(digit), 4)
    high = g711.decode(tone(duration_ms, _COLUMNS[column], -16.0))
    return mixed(tone(duration_ms, _ROWS[row], -16.0), high) + b"\xff" * 640


@lru_cache(maxsize=1)
def ringback() -> bytes:
    """Six seconds of what a caller hears while it rings: 440 and 480 Hz, two seconds on, four off
    (the North American precise tone plan)."""
    count, peak = 2 * SAMPLE_RATE, 32768 * 10 ** (-19 / 20) / math.sqrt(2)
    angles = [2 * math.pi * index / SAMPLE_RATE for index in range(count)]
    wave = array("h", (round(peak * (math.sin(440 * a) + math.sin(480 * a))) for a in angles))
    return g711.encode(wave.tobytes()) + b"\xff" * (4 * SAMPLE_RATE)
