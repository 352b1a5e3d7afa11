"""A line that echoes: speech-like noise, a path with a delay, mu-law; and who listens to it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from acoustics.room import impulse_response, reflect
from acoustics.signals import RATE, Signal, from_frames, on_the_line, to_frames
from media.audio.echo.control import Cancelled, EchoControl
from media.audio.echo.port import FRAME

FLOOR_DBFS = -65.0


def speechlike(seconds: float, seed: int, rms: float = 3000.0) -> Signal:
    """Noise with the long-term spectrum of speech, in syllables with pauses between them."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hz = np.fft.rfftfreq(n, 1 / RATE)
    spectrum *= np.where(hz > 100, 1 / (1 + (hz / 500) ** 2) ** 0.5, 0)
    syllables = np.repeat(rng.uniform(0, 1, n // 800 + 1) > 0.25, 800)[:n]
    envelope = np.convolve(syllables, np.hanning(400) / 200, "same")
    sound = np.fft.irfft(spectrum, n) * envelope
    scaled: Signal = (sound * rms / np.sqrt(np.mean(sound**2))).astype(np.float32)
    return scaled


def line(
    far: Signal, near: Signal | None = None, delay_ms: float = 0.0, erl_db: float = 6.0
) -> Signal:
    """The callee's channel: the echo of `far` over a path of 32 ms, `near`, noise; mu-law."""
    rng = np.random.default_rng(7)
    echo = reflect(far, impulse_response(32.0, 32.0, erl_db, delay_ms, rng))
    floor = rng.standard_normal(len(far)) * 32768 * 10 ** (FLOOR_DBFS / 20)
    spoken = np.zeros(len(far)) if near is None else near
    return on_the_line((echo + spoken + floor).astype(np.float32))


def listen(control: EchoControl, mic: Signal, at: int = 0) -> list[Cancelled]:
    """The whole channel through one control, from sample `at` of the stream on."""
    frames = to_frames(mic)
    return [control.process(frame, at + FRAME * index) for index, frame in enumerate(frames)]


def output(heard: Sequence[Cancelled]) -> Signal:
    """The cleaned sound of what was heard."""
    return from_frames(one.pcm for one in heard)


def energies(signal: Signal) -> npt.NDArray[np.float64]:
    """Energy of each frame."""
    frames = signal[: len(signal) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    result: npt.NDArray[np.float64] = (frames**2).sum(axis=1)
    return result
