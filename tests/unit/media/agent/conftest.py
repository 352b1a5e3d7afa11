"""A call to hold in a test: one lead, four slots, tools that keep an order book of effects."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dialer.call import CallBrief, LeadBrief, Slot, SlotId
from media.agent.port import AgentResult, Reply
from media.agent.talk import make_agent
from media.engines.llm.rules import RulePolicy

ZONE = ZoneInfo("America/New_York")


class Effects:
    """`AgentTools` that remember what was asked of them, and refuse the slots in `taken`."""

    def __init__(self, taken: frozenset[str] = frozenset(), broken: bool = False) -> None:
        self.taken, self.broken = taken, broken
        self.log: list[tuple[str, str]] = []

    async def opt_out(self, words: str) -> None:
        self.log.append(("opt_out", words))
        if self.broken:
            raise ConnectionError("no database")

    async def hold(self, slot_id: SlotId) -> bool:
        self.log.append(("hold", slot_id))
        if self.broken:
            raise ConnectionError("no database")
        return slot_id not in self.taken


class Call:
    """One conversation, spoken line by line."""

    def __init__(self, brief: CallBrief, effects: Effects, model: Any = None) -> None:
        self.effects = effects
        self.agent = make_agent(brief, effects, model or RulePolicy())

    def says(self, text: str, confidence: float = 0.9, *keyphrases: str) -> str:
        self.reply: Reply = asyncio.run(self.agent.hear(text, confidence, keyphrases))
        return " ".join(self.reply.sentences)

    def all(self, *lines: str) -> AgentResult:
        for line in lines:
            assert not getattr(self, "reply", Reply()).end, f"ended before {line!r}"
            self.says(line)
        return self.agent.result()

    def silent(self) -> str:
        self.reply = asyncio.run(self.agent.silence())
        return " ".join(self.reply.sentences)


def make_brief(**changes: Any) -> CallBrief:
    """Maria on Pine Street, Monday 23 November 2026 at 11:00 in New York."""
    times = ((24, 10), (24, 14), (25, 9), (27, 16))
    slots = tuple(
        Slot(
            slot_id=SlotId(f"s{n}"),
            agent_name="Dana Reyes",
            starts_at=datetime(2026, 11, day, hour, tzinfo=ZONE),
            ends_at=datetime(2026, 11, day, hour + 1, tzinfo=ZONE),
        )
        for n, (day, hour) in enumerate(times)
    )
    values: dict[str, Any] = {
        "attempt_id": "attempt",
        "campaign": "autumn",
        "assistant_name": "Ava",
        "brand": "Harbor Realty",
        "purpose": "about your home on Pine Street",
        "now": datetime(2026, 11, 23, 11, 0, tzinfo=ZONE),
        "lead": LeadBrief(first_name="Maria", timezone="America/New_York"),
        "slots": slots,
        "max_seconds": 180,
    }
    return CallBrief(**(values | changes))


@pytest.fixture
def brief_of() -> Callable[..., CallBrief]:
    return make_brief


@pytest.fixture
def call_of() -> Callable[..., Call]:
    def build(
        model: Any = None, taken: frozenset[str] = frozenset(), broken: bool = False, **changes: Any
    ) -> Call:
        return Call(make_brief(**changes), Effects(taken, broken), model)

    return build
