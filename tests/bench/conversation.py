"""Five conversations at once in real time, measured at the callees' ears by the carrier twin."""

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml
from sqlalchemy import func, select

from dialer import campaigns, launch, rehearsal, reports
from dialer.db import transaction
from dialer.models import Agent, Attempt, Campaign
from dialer.report import Report
from dialer.settings import Settings, load
from dialer.supervisor import Supervisor
from dialer.wiring import Product
from integration.house import House, add_leads
from tests.bench.figure import Figure
from tests.bench.footprint import Footprint, Memory

SCENARIO = Path(__file__).with_name("conversation.yaml")
PATIENCE_S = 140.0
LOOK_S = 0.5
MEMORY_EVERY_S = 10.0
LEAST_ANSWERS = 20
PIPECAT = "pipecat 1.14 (measured earlier on such a machine, stubs)"
"""Five calls, voice activity alone without a further wait (its fastest way; by default it waits
0.6 s more), and stubs of 100 ms, 200 ms and 60 ms for its recogniser, model and voice."""
PIPECAT_MS = {"p50": 881.0, "p95": 918.0}
PIPECAT_YIELD_MS = {"p50": 370.0, "p95": 376.0}


@dataclass
class Seen:
    """What one run was seen to do."""

    twin: dict[str, Any] = field(default_factory=dict)
    report: Report | None = None
    call_minutes: float = 0.0
    media_cpu_s: float = 0.0
    whole_cpu_s: float = 0.0
    machine_load: float = 0.0
    memories: list[Memory] = field(default_factory=list)


def measure() -> Iterator[Figure]:
    """The whole product with the engines it ships, and every phone answered by somebody."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as directory:
        rehearsed = rehearsal.prepare(_settings(), Path(directory), SCENARIO)

        def work(effective: Settings, supervisor: Supervisor) -> int:
            _campaign(effective, supervisor, rehearsed.carrier_origin, seen)
            return 0

        launch.run(rehearsed.settings, lambda *_: None, work, [rehearsed.twin], durable=False)
    yield from _delays(seen)
    yield from _sound(seen)
    yield from _costs(seen)


def _settings() -> Settings:
    return load(
        database_url="",
        redis_url="",
        web_port=launch.free_port(),
        flower_port=launch.free_port(),
        calls_per_second=5.0,
        max_concurrent_calls=5,
    )


def _campaign(settings: Settings, supervisor: Supervisor, origin: str, seen: Seen) -> None:
    """Call everybody once and watch. Raises RuntimeError when it does not come to an end."""
    product = Product(settings)
    people = len(yaml.safe_load(SCENARIO.read_text())["callees"])
    footprint = Footprint()
    footprint.look()
    campaign_id = _start(product)
    began = time.monotonic()
    next_memory = began + MEMORY_EVERY_S
    while _recorded(product) < people:
        if supervisor.pause(LOOK_S) or time.monotonic() - began > PATIENCE_S:
            raise RuntimeError(f"the calls did not end: {_ask(origin, 'report')}")
        footprint.look()
        if time.monotonic() >= next_memory and _ask(origin, "report")["active"] == people:
            seen.memories.append(footprint.memory())
            next_memory = time.monotonic() + MEMORY_EVERY_S
    seen.media_cpu_s, seen.whole_cpu_s = footprint.cpu_s()
    seen.machine_load = footprint.machine_load()
    seen.twin = _ask(origin, "report")
    calls = _ask(origin, "calls")["calls"]
    seen.call_minutes = sum(call["duration_s"] or 0 for call in calls) / 60
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        seen.report = reports.campaign_report(session, campaign_id, now)


def _start(product: Product) -> int:
    """Import the people of the scenario and start their campaign."""
    callees = yaml.safe_load(SCENARIO.read_text())["callees"]
    rows = [f"{number},{one['name'].split()[0]}\n" for number, one in callees.items()]
    with transaction(product.sessions) as session:
        now = product.clock.of(session)
        hours = {"work_start": time_of_day(9), "work_end": time_of_day(17)}
        for name, zone in (("Dana", "America/New_York"), ("Sam", "America/Denver")):
            mail = f"{name.lower()}@harbor-realty.example"
            days = [0, 1, 2, 3, 4]
            session.add(Agent(name=name, email=mail, timezone=zone, work_days=days, **hours))
        wanted = campaigns.spec(
            name="bench",
            window="10:00-17:00",
            daily_budget="5",
            script={"brand": "Harbor Realty"},
        )
        campaign_id = campaigns.create(session, wanted, product.limits, now).id
    house = House(product.engine, product.sessions, campaign_id)
    add_leads(house, campaign_id, "phone,first name\n" + "".join(rows), now)
    with transaction(product.sessions) as session:
        campaigns.start(session, session.get_one(Campaign, campaign_id), now)
    product.nudges.tick()
    return campaign_id


def _recorded(product: Product) -> int:
    with transaction(product.sessions) as session:
        query = select(func.count()).where(Attempt.recorded_at.is_not(None))
        return session.scalar(query) or 0


def _ask(origin: str, what: str) -> dict[str, Any]:
    with urlopen(f"{origin}/twin/{what}", timeout=5) as answer:
        told: dict[str, Any] = json.load(answer)
    return told


def _delays(seen: Seen) -> Iterator[Figure]:
    """From the callee's last sound to the first sound of the answer."""
    assert seen.report is not None
    ear, own = seen.twin["voice_to_voice_ms"], seen.report.voice_to_voice_ms
    if ear["count"] < LEAST_ANSWERS:
        raise RuntimeError(f"only {ear['count']} answers were heard: {seen.report.dispositions}")
    estimates = {"p50": own.p50, "p95": own.p95}
    for share, target in (("p50", 550), ("p95", 800)):
        name = f"voice to voice at the ear {share}"
        rival = (PIPECAT, PIPECAT_MS[share])
        yield _figure(name, ear[share], "ms", "lower", target, *rival)
        estimate = estimates[share]
        if estimate is not None:
            yield _figure(f"voice to voice, own estimate {share}", estimate, "ms", "lower")
    for stage, spread in seen.report.stages_ms.items():
        if spread.p50 is not None and spread.p95 is not None:
            yield _figure(f"until {stage} p50", spread.p50, "ms", "lower")
            yield _figure(f"until {stage} p95", spread.p95, "ms", "lower")
    yield _figure("answers heard", ear["count"], "answers", "higher", LEAST_ANSWERS)
    yields = seen.twin["yield_ms"]
    if not yields["count"]:
        raise RuntimeError("nobody interrupted the agent")
    for share, rival_ms in PIPECAT_YIELD_MS.items():
        name = f"silent after an interruption {share}"
        yield _figure(name, yields[share], "ms", "lower", rival_ms, PIPECAT, rival_ms)
    yield _figure("interruptions", yields["count"], "times", "higher")


def _sound(seen: Seen) -> Iterator[Figure]:
    """What was heard was whole, the twin was on time, and the talk led somewhere."""
    assert seen.report is not None
    yield _figure("holes in the agent's speech", seen.twin["underruns"], "holes", "lower", 0)
    late = seen.twin["pacing_lateness_ms"]["p99"]
    yield _figure("carrier twin's lateness p99", late, "ms", "lower", 20)
    most = seen.twin["max_concurrent_calls"]
    yield _figure("calls at once", most, "calls", "higher", 5)
    yield _figure("appointments", seen.report.appointments, "of 5", "higher", 5)


def _costs(seen: Seen) -> Iterator[Figure]:
    """Processor time includes getting ready and phrases that were never said before."""
    each, whole = seen.media_cpu_s / seen.call_minutes, seen.whole_cpu_s / seen.call_minutes
    yield _figure("media child, per call minute", each, "CPU s", "lower", 12)
    yield _figure("whole product, per call minute", whole, "CPU s", "lower", 20)
    busy = seen.machine_load * 100
    yield _figure("machine busy, other programs too", busy, "%", "lower")
    if not seen.memories:
        raise RuntimeError("there was no moment with everybody in a call")
    rss = max(one.child_rss_mb for one in seen.memories)
    pss = max(one.child_pss_mb for one in seen.memories)
    everything = max(one.whole_pss_mb for one in seen.memories)
    yield _figure("media child RSS", rss, "MB", "lower", 400)
    yield _figure("media child PSS", pss, "MB", "lower", 400)
    limit = ("requirement", 8000.0)
    yield _figure("whole product PSS, 5 calls", everything, "MB", "lower", 3000, *limit)


def _figure(name: str, value: float, *rest: Any) -> Figure:
    return Figure("conversation", name, float(value), *rest)
