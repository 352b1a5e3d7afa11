"""The detection's errors: how often which verdict is given in place of the right one."""

from collections.abc import Mapping
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from media.simulator.amd.detector import Found

_MACHINE = (Found.MACHINE_START, Found.UNKNOWN)
_ENDED = (Found.MACHINE_END_SILENCE, Found.MACHINE_END_OTHER, Found.MACHINE_END_BEEP)
_PEOPLE = (Found.HUMAN, Found.UNKNOWN)


def mistaken(found: Found, rates: Mapping[str, float], message_end: bool, rng: Random) -> Found:
    """`found`, or with the probability of `rates[found]` (0-1) something else that this mode
    of detection can say. One draw from `rng` for each verdict."""
    chance = rng.random()
    if chance >= rates.get(found.value, 0.0):
        return found
    machine = _ENDED if message_end else _MACHINE
    others = machine if found in _PEOPLE else _PEOPLE
    return others[rng.randrange(len(others))] if found not in others else others[0]
