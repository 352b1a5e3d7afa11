"""An echo scenario: the agent speaks alone, then over the callee, then the echo path goes away."""

from dataclasses import dataclass

import numpy as np

from acoustics.room import impulse_response, reflect
from acoustics.signals import RATE, Signal, active_level, at_level, on_the_line
from acoustics.speech import agents, callees, running

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

    The echo's active level lies `erl_db` under the far speech's, the near speech's `ser_db` above
    the echo's; `tail_ms` is both the path's length and its time of decay by 60 dB. `far` replaces
    the far speech.
    """
    rng = np.random.default_rng(seed)
    n = SECONDS * RATE
    spoken = at_level(running(n, seed - 1, agents()), FAR_DBFS) if far is None else far[:n]
    sent = on_the_line(spoken)
    start, end, gone = 12 * RATE, 22 * RATE, 26 * RATE
    response = impulse_response(tail_ms, tail_ms, 0.0, delay_ms, rng)
    echo = at_level(reflect(sent, response), active_level(sent) - erl_db)
    echo[gone:] = 0.0
    near = np.zeros(n, np.float32)
    talk = running(end - start, seed - 1, callees())
    near[start:end] = at_level(talk, active_level(echo[start:end]) + ser_db)
    floor = rng.standard_normal(n) * 32768.0 * 10 ** (FLOOR_DBFS / 20)
    mic = on_the_line((echo + near + floor).astype(np.float32))
    return Scene(sent, near, echo, mic, (start, end), gone)
