"""What all calls of the carrier share."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run
from typing import Protocol

from media.simulator.account import Account
from media.simulator.clock import Clock
from media.simulator.debugger import Debugger
from media.simulator.playout.metronome import Metronome
from media.simulator.records.bill import Bill
from media.simulator.webhooks.callbacks import Callbacks
from media.simulator.webhooks.sender import Webhooks


class Words(Protocol):
    """What a recogniser made of sound."""

    @property
    def text(self) -> str:
        """The words; empty when there were none."""


Recognise = Callable[[bytes, Sequence[str]], Awaitable[Words]]
"""Mu-law of one talk spurt and the phrases that may be in it."""


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
    understand: Recognise | None = None
    """Hears the words in mu-law sound for callees who react to them; None leaves them deaf."""
    origin: Callable[[], str] = lambda: "https://api.twilio.com"
    """Where the REST face answers, for addresses in webhooks."""
    bill: Bill = field(default_factory=Bill)
