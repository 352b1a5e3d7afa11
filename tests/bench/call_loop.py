"""A whole call in virtual time without engines, and what each frame of it cost."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from calls.far_end import FarEnd
from calls.virtual_time import run_virtually
from dialer.call import CallBrief, Disposition, LeadBrief, Slot, SlotId
from media.agent.port import Snapshot
from media.agent.talk import make_agent
from media.engines.llm.rules import RulePolicy
from media.engines.scripted import ScriptedRecognizer, ScriptedVoice
from media.phrases import PhraseCache
from media.session import CallSession, MediaSettings
from media.speak import Speaker

TURNS = (
    "hello",
    "yes I have a minute",
    "yes I want to sell my house",
    "within three months",
    "no not yet",
    "yes I decide",
    "the second one is better",
    "yes that's right",
)
NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
BRIEF = CallBrief(
    attempt_id="bench",
    campaign="bench",
    assistant_name="Ava",
    brand="Harbor Realty",
    purpose="about selling your home",
    now=NOW,
    lead=LeadBrief(first_name="Ann", timezone="America/New_York"),
    slots=tuple(
        Slot(
            slot_id=SlotId(f"s{hour}"),
            agent_name="Dana",
            starts_at=NOW + timedelta(days=1, hours=hour),
            ends_at=NOW + timedelta(days=1, hours=hour + 1),
        )
        for hour in (0, 3)
    ),
    max_seconds=240,
)


def costs_us(settings: MediaSettings) -> list[float]:
    """Processor microseconds of each frame of a booking, the far end's own work left out.

    A first call fills the phrase cache, so that the scripted voice costs the measured one nothing.
    """
    cache = PhraseCache(None)
    run_virtually(_booking(settings, cache))
    return run_virtually(_booking(settings, cache))


async def _booking(settings: MediaSettings, cache: PhraseCache) -> list[float]:
    far = MeteredFarEnd()
    ports = Obliging(far)
    session = CallSession(
        make_agent(BRIEF, ports, RulePolicy()),
        ScriptedRecognizer(TURNS),
        Speaker(ScriptedVoice(), cache),
        ports,
        settings,
    )
    await session.prepare()
    outcome = await session.run(far)
    if outcome.disposition is not Disposition.APPOINTMENT_BOOKED:
        raise AssertionError(f"the measured call ended as {outcome.disposition}")
    return far.costs_us[1:]


async def _callee(far: FarEnd) -> None:
    await far.wait(300)
    await far.speak(600)
    while True:
        await far.answer()


class MeteredFarEnd(FarEnd):
    """Keeps the processor time between its ticks, less its own work: what a frame cost us."""

    def __init__(self) -> None:
        super().__init__(_callee)
        self.costs_us: list[float] = []
        self._since_ns = self._own_ns = 0

    def _tick(self) -> None:
        self.costs_us.append((time.thread_time_ns() - self._since_ns - self._own_ns) / 1000)
        super()._tick()
        self._since_ns, self._own_ns = time.thread_time_ns(), 0

    def _arrive(self, way: Any) -> None:
        began = time.thread_time_ns()
        super()._arrive(way)
        self._own_ns += time.thread_time_ns() - began


class Obliging:
    """`CallPorts` of a dialer that does at once what it is asked."""

    def __init__(self, far: FarEnd) -> None:
        self._far = far

    async def opt_out(self, words: str) -> None: ...

    async def hold(self, slot_id: SlotId) -> bool:
        return True

    async def hang_up(self) -> None:
        self._far.hang_up()

    async def save(self, snapshot: Snapshot) -> None: ...

    async def publish(self, event: dict[str, Any]) -> None: ...
