"""What all calls of the carrier share."""

from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from media.simulator.account import Account
from media.simulator.clock import Clock
from media.simulator.debugger import Debugger
from media.simulator.playout.metronome import Metronome
from media.simulator.webhooks.callbacks import Callbacks
from media.simulator.webhooks.sender import Webhooks


@dataclass(frozen=True, slots=True)
class Network:
    """The carrier's plant: its customer, clock, chance, and ways out."""

    account: Account
    clock: Clock
    rng: Random
    webhooks: Webhooks
    callbacks: Callbacks
    debugger: Debugger
    metronome: Metronome
    record_dir: Path | None = None
