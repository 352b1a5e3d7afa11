"""An echo scenario: the agent speaks alone, then over the callee, then the echo path goes away."""

from dataclasses import dataclass

import numpy as np

from acoustics.room import impulse_response, reflect
from acoustics.signals import RATE, Signal, at_level, on_the_line
from acoustics.speech import running

FAR_DBFS = -20.0
FLOOR_DBFS = -65.0
SECONDS = 30


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """Signals of one length; positions in samples.

    `far` is what was sent, decoded from mu-law: the canceller's reference. `echo` and `near` are
    the true parts, before the line; `mic` is their sum with the noise floor after mu-law.
    """

    far: Signal
    near: Signal
    echo: Signal
    mic: Signal
    double_talk: tuple[int, int]
    path_ends_at: int

    def seconds(self, first: float, last: float) -> slice:
        """The samples between two times."""
        return slice(round(first * RATE), round(last * RATE))


def echo_scene(
    erl_db: float = 6.0,
    tail_ms: float = 64.0,
    delay_ms: float = 0.0,
    ser_db: float = 0.0,
    seed: int = 1,
    far: Signal | None = None,
) -> Scene:
    """30 s: far speech at -20 dBFS throughout; near speech 12-22 s; no echo from 26 s on.

    `ser_db` is the near speech's active level above the echo's in double talk; `tail_ms` both the
    path's length and its time of decay by 60 dB. `far` replaces the far speech.
    """
    rng = np.random.default_rng(seed)
    n = SECONDS * RATE
    sent = on_the_line(at_level(running(n, first=seed), FAR_DBFS) if far is None else far[:n])
    start, end, gone = 12 * RATE, 22 * RATE, 26 * RATE
    echo = reflect(sent, impulse_response(tail_ms, tail_ms, erl_db, delay_ms, rng))
    echo[gone:] = 0.0
    near = np.zeros(n, np.float32)
    near[start:end] = _near(echo[start:end], ser_db, seed)
    floor = rng.standard_normal(n) * 32768.0 * 10 ** (FLOOR_DBFS / 20)
    mic = on_the_line((echo + near + floor).astype(np.float32))
    return Scene(sent, near, echo, mic, (start, end), gone)


def _near(echo: Signal, ser_db: float, seed: int) -> Signal:
    """Another talker than the far one, as loud as the echo plus `ser_db`."""
    talk = running(len(echo), first=seed + 7)
    power = float(np.sqrt(np.mean(echo.astype(np.float64) ** 2)))
    return at_level(talk, 20 * np.log10(max(power, 1.0) / 32768.0) + ser_db)
