"""Background noises of a call as seamless loops of sound, each from its own chance."""

from collections.abc import Callable
from enum import StrEnum
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

import numpy as np

from media.audio import g711
from media.audio.level import FULL_SCALE
from media.audio.resample import Samples, to_samples
from media.simulator.people import speech
from media.simulator.people.sound.filters import LineKind, filtered
from media.simulator.playout.playback import SAMPLE_RATE

_LOOP_S = 6
_COUNT = _LOOP_S * SAMPLE_RATE
_TALKERS = ("slt-thinking", "rms-want-sell", "awb-my-house", "kal16-no-agent", "rms-driving")
_SHOW = ("rms-take-off", "slt-busy-now", "rms-driving", "slt-not-interested")


class NoiseKind(StrEnum):
    """What is heard behind the callee."""

    WHITE = "white"
    """Hiss of the line."""
    HUM = "hum"
    """60 Hz mains with its overtones."""
    CAR = "car"
    """Engine and tyres: low, with a slow swell."""
    BABBLE = "babble"
    """Five people who talk at once."""
    STREET = "street"
    """Traffic that swells and passes, with a horn."""
    TV = "tv"
    """One voice after the other from a small loudspeaker, with music under it."""


def loop(kind: NoiseKind, dbfs: float, rng: Random) -> Samples:
    """Noise of the given RMS level at 8 kHz, to be repeated without a seam."""
    if kind is NoiseKind.WHITE:
        return to_samples(speech.noise(rng, dbfs))
    shape = _SHAPES[kind](rng)
    rms = float(np.sqrt(np.mean(shape**2)))
    return np.asarray(shape * (FULL_SCALE * 10 ** (dbfs / 20) / rms), dtype=np.float32)


def _seconds() -> Samples:
    return (np.arange(_COUNT) / SAMPLE_RATE).astype(np.float32)


def _swell(rng: Random, periods: int, depth: float) -> Samples:
    """Louder and softer `periods` times in the loop."""
    phase = rng.uniform(0, 2 * np.pi)
    turns = 2 * np.pi * periods / _LOOP_S
    return np.asarray(1 + depth * np.sin(turns * _seconds() + phase), dtype=np.float32)


def _coloured(rng: Random, corner_hz: float, slope: float) -> Samples:
    """Gaussian noise that falls with `slope` (in powers of frequency) above a corner."""
    generator = np.random.default_rng(rng.getrandbits(64))
    spectrum = np.fft.rfft(generator.normal(0, 1, _COUNT))
    hz = np.fft.rfftfreq(_COUNT, 1 / SAMPLE_RATE)
    spectrum *= (1 + (hz / corner_hz) ** 2) ** (-slope / 2)
    spectrum[hz < 20] = 0
    return np.asarray(np.fft.irfft(spectrum, _COUNT), dtype=np.float32)


def _hum(rng: Random) -> Samples:
    overtones = {1: 1.0, 2: 0.5, 3: 0.35, 4: 0.12, 5: 0.2, 7: 0.1, 9: 0.05}
    wave = np.zeros(_COUNT, dtype=np.float32)
    for overtone, amplitude in overtones.items():
        phase = rng.uniform(0, 2 * np.pi)
        wave += amplitude * np.sin(2 * np.pi * 60 * overtone * _seconds() + phase)
    return wave


def _car(rng: Random) -> Samples:
    engine = _coloured(rng, 90.0, 3.0)
    tyres = _coloured(rng, 900.0, 2.0)
    both = engine / engine.std() + 0.35 * tyres / tyres.std()
    return np.asarray(both * _swell(rng, 2, 0.25), dtype=np.float32)


def _placed(name: str, at: int, line: Samples) -> int:
    """Add a recording to the loop from sample `at`, around its end; returns where it stops."""
    voice = to_samples(g711.decode(speech.recorded(name)))[:_COUNT]
    where = (at + np.arange(len(voice))) % _COUNT
    line[where] += voice
    return at + len(voice)


def _babble(rng: Random) -> Samples:
    crowd = np.zeros(_COUNT, dtype=np.float32)
    for name in _TALKERS:
        at = rng.randrange(_COUNT)
        for _ in range(3):
            at = _placed(name, at, crowd) + rng.randrange(SAMPLE_RATE // 4)
    return crowd


def _street(rng: Random) -> Samples:
    traffic = _coloured(rng, 400.0, 1.6) * _swell(rng, 1, 0.7) * _swell(rng, 3, 0.3)
    horn = np.zeros(_COUNT, dtype=np.float32)
    length = SAMPLE_RATE // 3
    at = rng.randrange(_COUNT - length)
    seconds = _seconds()[:length]
    tones = np.sin(2 * np.pi * 415 * seconds) + np.sin(2 * np.pi * 500 * seconds)
    horn[at : at + length] = tones * np.hanning(length)
    return np.asarray(traffic / traffic.std() + horn, dtype=np.float32)


def _tv(rng: Random) -> Samples:
    show = np.zeros(_COUNT, dtype=np.float32)
    at = rng.randrange(_COUNT)
    for name in _SHOW:
        at = _placed(name, at, show)
    music = np.zeros(_COUNT, dtype=np.float32)
    for hz in (262.0, 330.0, 392.0, 523.0):
        music += np.sin(2 * np.pi * hz * _seconds()) * _swell(rng, rng.randint(2, 6), 0.9)
    return filtered(show / show.std() + 0.15 * music, LineKind.TINNY)


_SHAPES: dict[NoiseKind, Callable[[Random], Samples]] = {
    NoiseKind.HUM: _hum,
    NoiseKind.CAR: _car,
    NoiseKind.BABBLE: _babble,
    NoiseKind.STREET: _street,
    NoiseKind.TV: _tv,
}
