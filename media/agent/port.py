"""What the session and the agent say to each other: words only, never sound."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from dialer.call import CallBrief, Disposition, SlotId

Snapshot = dict[str, Any]
"""The agent's whole state as JSON values: written to Redis after each turn, restored elsewhere."""


class AgentTools(Protocol):
    """Effects that the agent may ask for in mid-call. Each is committed when it returns."""

    async def opt_out(self, words: str) -> None:
        """Put the number on the suppression list for good, with the words as evidence."""

    async def hold(self, slot_id: SlotId) -> bool:
        """Take the slot for this call; False when somebody else was faster."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say next, sentence by sentence, and whether to hang up afterwards.

    Empty `sentences` with `end` False means: say nothing, go on listening.
    """

    sentences: tuple[str, ...] = ()
    end: bool = False


@dataclass(frozen=True, slots=True)
class AgentResult:
    """The agent's account of the conversation so far; valid at any moment of the call."""

    disposition: Disposition
    answers: dict[str, str] = field(default_factory=dict)
    score: float = 0.0
    slot_id: SlotId | None = None
    callback_at: datetime | None = None
    opt_out_words: str | None = None
    email: str | None = None


class CallAgent(Protocol):
    """One conversation. Built from a brief, or from a brief and a snapshot after a crash."""

    @property
    def brief(self) -> CallBrief:
        """What the call is about."""

    def opening(self) -> Reply:
        """The first words to a person: greeting and disclosure; pure, so they can be rendered."""

    def phrases(self) -> tuple[str, ...]:
        """Sentences that are likely in this call, for the phrase cache."""

    async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
        """The callee finished a turn; empty text means speech that was not understood."""

    async def silence(self) -> Reply:
        """The callee says nothing: ask after, twice, then say goodbye."""

    def machine(self) -> Reply:
        """A machine answered: the message to leave (after the beep), or an immediate end."""

    def resumed(self) -> Reply:
        """First words after another media worker took the call over."""

    def cut(self, heard: str) -> None:
        """The last reply was interrupted; history keeps only `heard`."""

    def result(self) -> AgentResult:
        """Where the conversation stands."""

    def snapshot(self) -> Snapshot:
        """The whole state, JSON values only."""
