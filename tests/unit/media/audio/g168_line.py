"""The test bench of ITU-T G.168: composite source signal, echo paths, mu-law lines, level meter.

Signals are float samples in 16-bit steps at 8 kHz, levels in dBm0.
"""

from dataclasses import dataclass, field

import numpy as np

from acoustics.room import impulse_response, reflect
from acoustics.signals import RATE, Signal, from_frames, on_the_line, to_frames
from media.audio.echo.control import EchoControl
from media.audio.echo.port import FRAME, EchoCanceller

_SINE_DBFS, _SINE_DBM0 = -3.01, 3.17
"""G.711: a mu-law sine of full scale is at 3.17 dBm0."""
_METER = 35 * RATE // 1000
"""Averaging time of the level meter: 35 ms."""
SILENT_DBM0 = -90.0

PATHS = {"hybrid": (12.0, 3), "64 ms": (64.0, 4)}
"""Length in milliseconds, in which the path decays by 60 dB, and seed."""


def seconds(first: float, last: float) -> slice:
    """Samples between two times."""
    return slice(round(first * RATE), round(last * RATE))


def css(length_s: float, dbm0: float, seed: int, pitch_hz: float = 140.0) -> Signal:
    """After the composite source signal of P.501: voiced sound, pseudo-noise, pause, over again.

    48.6, 200 and 101.4 ms; noise of random phase that falls by 5 dB an octave from 200 Hz, a new
    one each time, and harmonics of the same fall. `dbm0` is the level without the pauses.
    """
    rng = np.random.default_rng(seed)
    n, period = round(length_s * RATE), round(0.35 * RATE)
    voiced, noise = round(0.0486 * RATE), round(0.2 * RATE)
    signal = np.zeros(n + period)
    for at in range(0, n, period):
        signal[at : at + voiced] = _unit(_voiced(voiced, pitch_hz, rng))
        signal[at + voiced : at + voiced + noise] = _unit(_pseudo_noise(noise, rng))
    return (signal[:n] * _amplitude(dbm0)).astype(np.float32)


def _unit(signal: Signal) -> Signal:
    return signal / np.sqrt(np.mean(signal**2))


def _fall(hz: Signal) -> Signal:
    return np.where((hz >= 200) & (hz <= 3600), (np.maximum(hz, 200) / 200) ** (-5 / 6.02), 0.0)


def _voiced(n: int, pitch_hz: float, rng: np.random.Generator) -> Signal:
    hz = pitch_hz * np.arange(2, int(3600 / pitch_hz))
    phases = rng.uniform(0, 0.5 * np.pi, len(hz))
    angles = 2 * np.pi * np.outer(hz, np.arange(n) / RATE) + phases[:, None]
    return _fall(hz) @ np.cos(angles)


def _pseudo_noise(n: int, rng: np.random.Generator) -> Signal:
    hz = np.fft.rfftfreq(n, 1 / RATE)
    return np.fft.irfft(_fall(hz) * np.exp(2j * np.pi * rng.random(len(hz))), n)


def hoth(length_s: float, dbm0: float, seed: int) -> Signal:
    """Room noise that falls by 5 dB an octave, as Hoth noise does."""
    n = round(length_s * RATE)
    noise = _pseudo_noise(n, np.random.default_rng(seed))
    return (_unit(noise) * _amplitude(dbm0)).astype(np.float32)


def tones(length_s: float, *tones_hz_dbm0: tuple[float, float]) -> Signal:
    """Sines together, each with its level."""
    t = np.arange(round(length_s * RATE)) / RATE
    parts = [np.sqrt(2) * _amplitude(dbm0) * np.sin(2 * np.pi * f * t) for f, dbm0 in tones_hz_dbm0]
    return np.sum(parts, axis=0).astype(np.float32)


def silence(length_s: float) -> Signal:
    """Digital silence."""
    return np.zeros(round(length_s * RATE), np.float32)


def _amplitude(dbm0: float) -> float:
    return float(32768.0 * 10 ** ((dbm0 - _SINE_DBM0 + _SINE_DBFS) / 20))


def level_dbm0(signal: Signal) -> float:
    """RMS level, not below -90 dBm0."""
    rms = float(np.sqrt(np.mean(signal.astype(np.float64) ** 2)))
    if rms == 0.0:
        return SILENT_DBM0
    return max(SILENT_DBM0, 20 * np.log10(rms / 32768.0) - _SINE_DBFS + _SINE_DBM0)


def peak_dbm0(signal: Signal) -> float:
    """The meter's highest reading: RMS over 35 ms."""
    whole = signal[: len(signal) // _METER * _METER].reshape(-1, _METER)
    return max(level_dbm0(part) for part in whole)


def echo_path(name: str, erl_db: float = 6.0, other: bool = False) -> Signal:
    """One of `PATHS`, or another of the same kind."""
    length_ms, seed = PATHS[name]
    rng = np.random.default_rng(seed + 100 * other)
    return impulse_response(length_ms, length_ms, erl_db, 0.0, rng)


@dataclass(slots=True)
class Line:
    """A canceller between two mu-law lines; what goes through it is kept.

    `heard` is R_in (the reference), `sent` S_in (the microphone), `out` S_out; the residual echo
    is measured with the near end silent. `path` may be exchanged between two runs.
    """

    engine: EchoCanceller
    path: Signal
    control: EchoControl | None = None
    heard: Signal = field(default_factory=lambda: silence(0))
    sent: Signal = field(default_factory=lambda: silence(0))
    out: Signal = field(default_factory=lambda: silence(0))

    def run(self, far: Signal, near: Signal | None = None, learn: bool = True) -> Signal:
        """Pass sound of whole frames through; S_out of this run."""
        far = on_the_line(far)
        start = len(self.heard)
        self.heard = np.concatenate((self.heard, far))
        echo = reflect(self.heard[-len(far) - 4000 :], self.path)[-len(far) :]
        mic = on_the_line(echo if near is None else echo + near)
        out = self._through(far, mic, start, learn)
        self.sent = np.concatenate((self.sent, mic))
        self.out = np.concatenate((self.out, out))
        return out

    def _through(self, far: Signal, mic: Signal, start: int, learn: bool) -> Signal:
        frames = zip(to_frames(mic), to_frames(far), strict=True)
        if self.control is None:
            return from_frames(self.engine.cancel(near, heard, learn) for near, heard in frames)
        cleaned = []
        for index, (near, heard) in enumerate(frames):
            at = start + index * FRAME
            self.control.played(heard, at)
            cleaned.append(self.control.process(near, at).pcm)
        return from_frames(cleaned)

    def erle_db(self, first_s: float, last_s: float) -> float:
        """Of all that went through, S_in over S_out."""
        part = seconds(first_s, last_s)
        return level_dbm0(self.sent[part]) - level_dbm0(self.out[part])
