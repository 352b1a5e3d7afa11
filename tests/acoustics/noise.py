"""Background noises of a telephone call, and speech mixed with them at a chosen ratio."""

import numpy as np
import numpy.typing as npt

from acoustics.signals import RATE, Signal, active_level, at_level
from acoustics.speech import running

_RMS = 1000.0
_BABBLERS = 12


def white(n: int, rng: np.random.Generator) -> Signal:
    """Flat Gaussian noise."""
    return _scaled(rng.standard_normal(n))


def car(n: int, rng: np.random.Generator) -> Signal:
    """Road noise falling by 4.5 dB an octave and eight harmonics of an engine, slowly swelling."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20.0)
    road = np.fft.irfft(spectrum / (hz / 20.0) ** 0.75, n)
    at = np.arange(n) / RATE
    turns = 38.0 * at + 0.4 * np.sin(2 * np.pi * 0.3 * at)
    phases = rng.uniform(0, 2 * np.pi, 8)
    engine = np.zeros(n)
    for k, phase in enumerate(phases, start=1):
        engine += np.sin(2 * np.pi * k * turns + phase) / k
    swell = 1.0 + 0.3 * np.sin(2 * np.pi * 0.7 * at + rng.uniform(0, 2 * np.pi))
    return _scaled((road / road.std() + engine) * swell)


def babble(n: int, rng: np.random.Generator) -> Signal:
    """Twelve talkers at once, each turned by a random time."""
    total = np.zeros(n)
    for index in range(_BABBLERS):
        total += np.roll(running(n, first=index), int(rng.integers(n)))
    return _scaled(total)


NOISES = {"white": white, "car": car, "babble": babble}


def _scaled(samples: npt.NDArray[np.float64]) -> Signal:
    scaled: Signal = (samples * (_RMS / samples.std())).astype(np.float32)
    return scaled


def mix(speech: Signal, noise: Signal, snr_db: float) -> Signal:
    """Speech unchanged plus noise whose RMS lies `snr_db` under the speech's active level."""
    level = 20 * np.log10(float(np.sqrt(np.mean(noise.astype(np.float64) ** 2))) / 32768.0)
    gain = 10 ** ((active_level(speech) - snr_db - level) / 20)
    mixed: Signal = (speech + gain * noise[: len(speech)]).astype(np.float32)
    return mixed


def at_snr(
    speech: Signal, name: str, snr_db: float, seed: int = 1, dbfs: float | None = None
) -> Signal:
    """Speech (at active level `dbfs` where it is given) in one of `NOISES`, seeded."""
    loud = speech if dbfs is None else at_level(speech, dbfs)
    noise = NOISES[name](len(loud), np.random.default_rng(seed))
    return mix(loud, noise, snr_db)
