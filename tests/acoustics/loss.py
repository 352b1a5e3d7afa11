"""Which of n frames a bad line loses: at random, or in bursts."""

import numpy as np
import numpy.typing as npt

Lost = npt.NDArray[np.bool_]


def random_loss(n: int, rate: float, rng: np.random.Generator) -> Lost:
    """Each frame alone with probability `rate`; True is lost."""
    return rng.random(n) < rate


def burst_loss(n: int, rate: float, mean: float, rng: np.random.Generator) -> Lost:
    """Gilbert's two-state channel: bursts of `mean` frames on average, `rate` of all lost."""
    leave = 1.0 / mean
    enter = rate * leave / (1.0 - rate)
    draws = rng.random(n)
    lost = np.zeros(n, np.bool_)
    bad = False
    for index, draw in enumerate(draws):
        bad = draw >= leave if bad else draw < enter
        lost[index] = bad
    return lost
