"""A small house for integration tests: one campaign, its leads, and a carrier that obeys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dialer import attempts, campaigns, db, leads
from dialer.campaigns import Limits
from dialer.carrier.port import CallRequest, CarrierCall
from dialer.clock import Clock
from dialer.dialing import Terms
from dialer.models import Agent, Campaign
from dialer.phone import E164
from dialer.rules.budget import Rates, micros

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
"""A Tuesday: 13:00 in New York, 10:00 in Los Angeles."""

NUMBERS = ["+12125550123", "+13125550145", "+16025550167", "+13105550189", "+14045550111"]
RATES = Rates(18_400)
TERMS = Terms(
    5,
    1e9,
    RATES,
    micros(Decimal("50")),
    "America/New_York",
    "http://dialer.test",
    timedelta(seconds=45),
)
LIMITS = Limits(
    caller_id=E164("+12125550100"),
    cost_per_call_micros=100_000,
    max_attempts=3,
    max_call_seconds=300,
    ring_timeout_seconds=25,
)


@dataclass(frozen=True)
class Stopped(Clock):
    """A clock that stands at one moment."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def of(self, session: Session) -> datetime:
        return self.at


@dataclass
class ObedientCarrier:
    """A carrier that remembers what it was asked; `on_place` may raise the port's errors."""

    placed: list[CallRequest] = field(default_factory=list)
    on_place: Callable[[CallRequest], None] = lambda _: None
    calls: list[CarrierCall] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)

    def place(self, request: CallRequest) -> CarrierCall:
        self.on_place(request)
        self.placed.append(request)
        call = CarrierCall(f"CA{uuid4().hex}", "queued", request.to, NOON, None)
        self.calls.append(call)
        return call

    def fetch(self, sid: str) -> CarrierCall:
        return next(call for call in self.calls if call.sid == sid)

    def find(self, to: E164, since: datetime) -> list[CarrierCall]:
        return [call for call in self.calls if call.to == to]

    def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)


@dataclass
class House:
    """Sessions on a migrated database with one running campaign."""

    engine: Engine
    sessions: db.Sessions
    campaign_id: int

    def close(self) -> None:
        self.engine.dispose()


def build(
    url: str,
    numbers: list[str] | None = None,
    *,
    slots: int = 5,
    now: datetime = NOON,
    **changed: object,
) -> House:
    """One running campaign with a lead per number, imported through the real chain's steps."""
    engine = db.connect(url, pool_size=20)
    sessions = db.sessions(engine)
    wanted: dict[str, object] = {
        "name": "autumn",
        "window": "10:00-17:00",
        "daily_budget": Decimal("25"),
        "script": {"brand": "Harbor Realty"},
    }
    with db.transaction(sessions) as session:
        campaign = campaigns.create(session, campaigns.spec(**wanted | changed), LIMITS, now)
        attempts.provision_slots(session, slots)
        session.add(
            Agent(
                name="Dana Reyes",
                email="dana@harbor.example",
                timezone="America/New_York",
                work_start=time(9),
                work_end=time(17),
                work_days=[0, 1, 2, 3, 4],
            )
        )
        campaign_id = campaign.id
    house = House(engine, sessions, campaign_id)
    text = "phone,first name\n" + "".join(
        f"{number},Lead{index}\n" for index, number in enumerate(numbers or NUMBERS)
    )
    add_leads(house, campaign_id, text, now)
    with db.transaction(sessions) as session:
        campaigns.start(session, session.get_one(Campaign, campaign_id), now)
    return house


def add_leads(house: House, campaign_id: int, text: str, now: datetime = NOON) -> int:
    """Import CSV text by the three steps of the chain."""
    with db.transaction(house.sessions) as session:
        taken = leads.upload(session, campaign_id, "leads.csv", BytesIO(text.encode()), now)
        import_id = taken.id
    with db.transaction(house.sessions) as session:
        leads.stage(session, import_id)
    with db.transaction(house.sessions) as session:
        leads.normalise(session, import_id, now)
    with db.transaction(house.sessions) as session:
        leads.activate(session, import_id, now)
    return import_id
