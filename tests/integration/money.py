"""Campaigns and answered calls as bare rows, for tests of money alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from dialer import db, ledger
from dialer.ledger import Purse
from dialer.models import Attempt, Campaign, Lead, Locality, Phone
from dialer.rules.rate_card import RateCard
from dialer.till import Till

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
CARD = RateCard({"+1": 14_000}, {"stream": 4_400}, 7_500)
RESERVED = 92_000
_numbers = count(2_000_000)


@contextmanager
def sessions_of(url: str) -> Iterator[db.Sessions]:
    """Sessions on a database whose connections are closed again."""
    engine = db.connect(url)
    try:
        yield db.sessions(engine)
    finally:
        engine.dispose()


def campaign(session: Session, name: str = "autumn", limit_micros: int = 25_000_000) -> Campaign:
    """A running campaign of that daily budget."""
    made = Campaign(
        name=name,
        state="running",
        timezone="America/New_York",
        window_start=time(10),
        window_end=time(17),
        window_days=[0, 1, 2, 3, 4],
        daily_budget_micros=limit_micros,
        cost_per_call_micros=100_000,
        max_attempts=3,
        max_call_seconds=300,
        ring_timeout_seconds=25,
        caller_id="+12125550100",
        script={"brand": "Harbor"},
        created_at=NOON,
    )
    session.add(made)
    session.flush()
    return made


def attempt(session: Session, of: Campaign, reserved_micros: int = RESERVED) -> Attempt:
    """An ended, answered attempt of a new lead, without any money booked."""
    number = f"+1212{next(_numbers)}"
    phone = Phone(e164=number, country="US", created_at=NOON)
    locality = session.query(Locality).first() or Locality(
        country="US", zones=["America/New_York"], states=["NY"]
    )
    session.add_all([phone, locality])
    session.flush()
    lead = Lead(campaign_id=of.id, phone_id=phone.id, locality_id=locality.id, state="done")
    session.add(lead)
    session.flush()
    made = Attempt(
        id=uuid4(),
        lead_id=lead.id,
        campaign_id=of.id,
        phone_id=phone.id,
        ordinal=1,
        epoch=1,
        state="completed",
        token="secret",
        caller_id=of.caller_id,
        carrier_sid=f"CA{uuid4().hex}",
        time_limit_seconds=295,
        reserved_micros=reserved_micros,
        reserved_at=NOON,
        lease_until=NOON,
        placing_at=NOON,
        answered_at=NOON,
        ended_at=NOON + timedelta(seconds=70),
        duration_seconds=70,
    )
    session.add(made)
    session.flush()
    return made


def purses(of: Campaign, limit_micros: int = 50_000_000) -> list[Purse]:
    """The global purse and the campaign's, as a dial takes them."""
    return [
        ledger.purse(ledger.GLOBAL, limit_micros, "America/New_York", NOON),
        ledger.purse(f"campaign:{of.id}", of.daily_budget_micros, of.timezone, NOON),
    ]


def reserve(
    session: Session, attempt_id: UUID, purses: Sequence[Purse], amount_micros: int
) -> Purse | None:
    """One reservation with a till of its own; the purse that is short."""
    till = Till(session, NOON)
    short = till.reserve(attempt_id, purses, amount_micros)
    till.close()
    return short


def charged(session: Session, of: Campaign, seconds: int = 70, *, amd: bool = False) -> UUID:
    """An attempt that was reserved and charged by the card."""
    made = attempt(session, of)
    assert reserve(session, made.id, purses(of), made.reserved_micros) is None
    price = CARD.cost("+12125550123", seconds, amd=amd, tts_characters=0)
    ledger.charge(session, made, price, NOON)
    session.flush()
    return made.id
