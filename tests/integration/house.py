"""A small house for integration tests: one campaign, its leads, and a carrier that obeys."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dialer import attempts, campaigns, db, dialing, leads, lineup
from dialer.campaigns import Limits
from dialer.carrier.port import CallRequest, CarrierCall
from dialer.clock import Clock
from dialer.dialing import Pass
from dialer.leads import BulkConsent
from dialer.models import Agent, Campaign
from dialer.phone import E164
from dialer.reservations import Terms
from dialer.rules.budget import micros
from dialer.rules.rate_card import RateCard

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
"""A Tuesday: 13:00 in New York, 10:00 in Los Angeles."""

NUMBERS = ["+12125550123", "+13125550145", "+16025550167", "+13105550189", "+14045550111"]
CARD = RateCard(voice={"+1": 14_000}, per_minute={"stream": 4_400})
MINUTE = 18_400
"""Micro-dollars of a started minute."""
AGREED = BulkConsent(
    wording="Harbor Realty may call me with an automated voice about my home",
    channel="web form",
    captured_at=datetime(2026, 9, 1, tzinfo=UTC),
)
TERMS = Terms(
    5,
    1e9,
    CARD,
    micros(Decimal("50")),
    100_000,
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
        call = CarrierCall(f"CA{uuid4().hex}", "queued", request.to, NOON, None, None)
        self.calls.append(call)
        return call

    def fetch(self, sid: str) -> CarrierCall:
        return next(call for call in self.calls if call.sid == sid)

    def find(self, to: E164, since: datetime) -> list[CarrierCall]:
        return [call for call in self.calls if call.to == to]

    def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)

    def usage(self, day: date) -> dict[str, int]:
        return {}


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


def reserve(house: House, terms: Terms = TERMS, now: datetime = NOON) -> Pass:
    """One look at the line-up, after waking who is due."""
    with db.transaction(house.sessions) as session:
        lineup.wake(session, now)
        return dialing.reserve(session, terms, now)


def reserve_one(house: House, terms: Terms = TERMS, now: datetime = NOON) -> UUID:
    """Exactly one more line is taken."""
    with db.transaction(house.sessions) as session:
        held = sum(lineup.active(session).values())
    made = reserve(house, replace(terms, max_concurrent=held + 1), now)
    assert len(made.reserved) == 1, made
    return made.reserved[0]


def add_leads(
    house: House,
    campaign_id: int,
    text: str,
    now: datetime = NOON,
    consent: BulkConsent | None = AGREED,
) -> int:
    """Import CSV text by the three steps of the chain; everybody has agreed to be called."""
    with db.transaction(house.sessions) as session:
        file = BytesIO(text.encode())
        taken = leads.upload(session, campaign_id, "leads.csv", file, now, consent=consent)
        import_id = taken.id
    with db.transaction(house.sessions) as session:
        leads.stage(session, import_id)
    with db.transaction(house.sessions) as session:
        leads.normalise(session, import_id, now)
    with db.transaction(house.sessions) as session:
        leads.activate(session, import_id, now)
    return import_id
