"""`dialer chaos`: start the product against the twin, follow the plan, let it rest, judge it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from urllib.error import URLError

import redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dialer import launch
from dialer.chaos import campaign, promises
from dialer.chaos.faults import Tormentor
from dialer.chaos.past import Run
from dialer.chaos.plan import Plan, Planned, Trouble
from dialer.chaos.promises import Verdict
from dialer.demo import fresh
from dialer.errors import Unavailable
from dialer.rehearsal import prepare
from dialer.rules.budget import micros
from dialer.settings import Settings
from dialer.supervisor import Report, Supervisor
from dialer.wiring import Product

DIRECTORY = Path("build/chaos")
CALL_S = 120
"""The longest call of a run: a call whose end was lost holds its line for about so long."""
REST_PATIENCE_S = CALL_S + 240.0
LOOK_S = 1.0
UNKNOWN = frozenset({Trouble.CREATE_LOST, Trouble.CREATE_TIMEOUT})

Tell = Callable[[Planned, str], None]


@dataclass(slots=True)
class _Seen:
    """What was noted during a run."""

    hits: int = 0
    unknown_asked: int = 0
    looks: list[tuple[str, bool]] = field(default_factory=list)


def run_chaos(settings: Settings, plan: Plan, report: Report, tell: Tell) -> list[Verdict]:
    """Play the plan in real time; `tell` hears of each trouble and whom it hit.

    Raises `DialerError` for a port in use, parts that do not start, or a run that was stopped.
    """
    launch.check_house_ports(settings)
    fresh(DIRECTORY)
    told = {"database_url": "", "redis_url": "", "max_call_seconds": CALL_S}
    rehearsal = prepare(settings.model_copy(update=told), DIRECTORY, None, plan.seed)
    verdicts: list[Verdict] = []

    def work(effective: Settings, supervisor: Supervisor) -> int:
        product = Product(effective)
        verdicts.extend(_play(product, supervisor, plan, tell))
        product.engine.dispose()
        return 0

    launch.run(rehearsal.settings, report, work, [rehearsal.twin], durable=False)
    if not verdicts:
        raise Unavailable("the run was stopped before its end", "Run it again to its end")
    return verdicts


def _play(product: Product, supervisor: Supervisor, plan: Plan, tell: Tell) -> list[Verdict]:
    started = campaign.start(product)
    product.nudges.tick()
    tormentor, seen, begun = Tormentor(product, supervisor.pause), _Seen(), monotonic()
    for planned in plan.troubles:
        _watch(product, supervisor, seen, begun, planned.at_s)
        victim = _hurt(tormentor, planned)
        seen.hits += bool(victim)
        seen.unknown_asked += planned.trouble in UNKNOWN
        tell(planned, victim)
    _watch(product, supervisor, seen, begun, plan.minutes * 60)
    unmet = tormentor.twin("/twin/faults")["create"]
    _calm(tormentor)
    started.drain()
    _rest(started, supervisor, seen, product, begun)
    unknown = seen.unknown_asked - sum(one in ("lost", "timeout") for one in unmet)
    return _judge(product, tormentor, seen, unknown)


def _hurt(tormentor: Tormentor, planned: Planned) -> str:
    """Whom it hit; nobody, when what it goes through is itself broken at the moment."""
    try:
        return tormentor.hurt(planned)
    except (DBAPIError, redis.RedisError, URLError, OSError):
        return ""


def _calm(tormentor: Tormentor) -> None:
    """The carrier behaves again; creates that were to fail stay in line and are let off."""
    calm = {"lose": 0, "duplicate": 0, "reverse": False, "delay_ms": 0}
    tormentor.twin("/twin/faults", {"webhooks": calm})


def _watch(
    product: Product, supervisor: Supervisor, seen: _Seen, begun: float, until_s: float
) -> None:
    """Let time pass until `until_s` of the run, looking at the leads now and then."""
    while (left := begun + until_s - monotonic()) > 0:
        if supervisor.pause(min(LOOK_S, left)):
            raise Unavailable("the run was stopped", "Run it again to its end")
        _look(product, seen, monotonic() - begun)


def _look(product: Product, seen: _Seen, at_s: float) -> None:
    """Are all leads there, and exactly those in a call who have an unfinished attempt?"""
    try:
        with product.engine.connect() as connection:
            sound = connection.execute(
                text(
                    "select (select count(*) from leads) ="
                    " (select sum(rows_imported) from imports)"
                    " and not exists (select 1 from leads l where (l.state = 'in_call') <>"
                    " exists (select 1 from attempts a where a.lead_id = l.id"
                    " and a.recorded_at is null))"
                )
            ).scalar()
    except DBAPIError:
        return
    seen.looks.append((f"{at_s:.1f} s", bool(sound)))


def _rest(
    started: campaign.Campaigns, supervisor: Supervisor, seen: _Seen, product: Product, begun: float
) -> None:
    """Wait until nothing is under way; what hangs for longer is found by the promises."""
    end = monotonic() + REST_PATIENCE_S
    while monotonic() < end and not started.at_rest():
        _watch(product, supervisor, seen, begun, monotonic() - begun + LOOK_S)


def _judge(product: Product, tormentor: Tormentor, seen: _Seen, unknown: int) -> list[Verdict]:
    report = tormentor.twin("/twin/report")
    calls = tormentor.twin("/twin/calls")["calls"]
    with product.engine.connect() as connection:
        past = Run(
            database=connection,
            report=report,
            calls=calls,
            max_concurrent=product.settings.max_concurrent_calls,
            cost_per_call_micros=micros(product.settings.cost_per_call_limit),
            troubles=seen.hits,
            unknown_creates=unknown,
            looks=seen.looks,
        )
        return promises.check(past)
