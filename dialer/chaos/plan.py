"""The plan of a bad day: which trouble comes when, drawn from a seed and nothing else."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random  # noqa: TID251 - made here from the seed that the plan is a value of

WARM_UP_S = 6.0
SPACING_S = 8.0


class Trouble(StrEnum):
    """One way to hurt the product or what it depends on."""

    KILL_DIAL = "kill-dial"
    KILL_MEDIA = "kill-media"
    KILL_WEB = "kill-web"
    KILL_BEAT = "kill-beat"
    FREEZE_MEDIA = "freeze-media"
    CUT_POSTGRES = "cut-postgres"
    CUT_REDIS = "cut-redis"
    DROP_STREAM = "drop-stream"
    HANG_UP = "hang-up"
    CREATE_REFUSED = "create-refused"
    CREATE_LOST = "create-lost"
    CREATE_TIMEOUT = "create-timeout"
    CREATE_429 = "create-429"
    CREATE_503 = "create-503"
    WEBHOOKS_LOST = "webhooks-lost"
    WEBHOOKS_REPEATED = "webhooks-repeated"
    WEBHOOKS_REVERSED = "webhooks-reversed"
    WEBHOOKS_LATE = "webhooks-late"


@dataclass(frozen=True, slots=True)
class Planned:
    """A trouble at `at_s` seconds of the run; `lot` in [0, 1) chooses among its victims."""

    at_s: float
    trouble: Trouble
    lot: float


@dataclass(frozen=True, slots=True)
class Plan:
    """All troubles of a run, in order of time."""

    seed: int
    minutes: float
    troubles: tuple[Planned, ...]


def draw(seed: int, minutes: float) -> Plan:
    """The plan of a seed: every kind at least once, none in the warm-up, each in a slot of its own.

    A slot is `SPACING_S` long, or shorter where the run has no room for every kind; two troubles
    are never nearer than half a slot. Raises ValueError when the run is not longer than the
    warm-up.
    """
    room_s = minutes * 60 - WARM_UP_S
    if room_s <= 0:
        raise ValueError(f"a run of {minutes} minutes has no room for trouble")
    chance = Random(seed)
    count = max(len(Trouble), int(room_s / SPACING_S))
    slot_s = room_s / count
    kinds: list[Trouble] = []
    while len(kinds) < count:
        kinds += chance.sample(list(Trouble), len(Trouble))
    return Plan(
        seed,
        minutes,
        tuple(
            Planned(
                round(WARM_UP_S + slot_s * (index + chance.random() / 2), 2), kind, chance.random()
            )
            for index, kind in enumerate(kinds[:count])
        ),
    )
