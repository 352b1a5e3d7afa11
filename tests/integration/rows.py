"""Rows written by hand, for tests that need a campaign, leads and attempts but no import."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from dialer import db
from dialer.models import Attempt, Campaign, CampaignLocality, Lead, Locality, Phone

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
"""A Tuesday: 13:00 in New York."""


@dataclass(frozen=True)
class Desk:
    """A database to write rows into."""

    sessions: db.Sessions

    def open(self) -> Any:
        """A transaction."""
        return db.transaction(self.sessions)


@contextmanager
def desk(url: str) -> Iterator[Desk]:
    """A desk on a migrated database; its connections end with the block."""
    engine = db.connect(url, pool_size=20)
    try:
        yield Desk(db.sessions(engine))
    finally:
        engine.dispose()


def campaign(session: Session, name: str = "autumn", **changed: Any) -> Campaign:
    """A running campaign of New York's day."""
    made = Campaign(
        **{
            "name": name,
            "state": "running",
            "timezone": "America/New_York",
            "window_start": time(10),
            "window_end": time(17),
            "window_days": [0, 1, 2, 3, 4],
            "daily_budget_micros": 25_000_000,
            "cost_per_call_micros": 100_000,
            "max_attempts": 3,
            "max_call_seconds": 300,
            "ring_timeout_seconds": 25,
            "caller_id": "+12125550100",
            "script": {"brand": "Harbor Realty"},
            "created_at": NOON,
        }
        | changed
    )
    session.add(made)
    session.flush()
    return made


def locality(session: Session, **changed: Any) -> Locality:
    """Where leads ring: New York State, unless told otherwise."""
    wanted = {"country": "US", "zones": ["America/New_York"], "states": ["US-NY"], "blocked": ""}
    made = Locality(**wanted | changed)
    session.add(made)
    session.flush()
    return made


def lead(session: Session, of: Campaign, place: Locality, e164: str, **changed: Any) -> Lead:
    """A lead that is due now, with a phone of its own."""
    phone = Phone(e164=e164, country=place.country, created_at=NOON)
    session.add(phone)
    session.merge(CampaignLocality(campaign_id=of.id, locality_id=place.id))
    session.flush()
    wanted = {
        "campaign_id": of.id,
        "phone_id": phone.id,
        "locality_id": place.id,
        "next_attempt_at": NOON,
        "first_name": "Maria",
    }
    made = Lead(**wanted | changed)
    session.add(made)
    session.flush()
    return made


def attempt(session: Session, of: Lead, caller_id: str = "+12125550100", **changed: Any) -> Attempt:
    """A reserved attempt of the lead."""
    wanted = {
        "id": uuid4(),
        "lead_id": of.id,
        "campaign_id": of.campaign_id,
        "phone_id": of.phone_id,
        "ordinal": 1,
        "epoch": 1,
        "state": "reserved",
        "token": "secret",
        "caller_id": caller_id,
        "time_limit_seconds": 295,
        "reserved_micros": 92_000,
        "reserved_at": NOON,
        "lease_until": NOON,
    }
    made = Attempt(**wanted | changed)
    session.add(made)
    session.flush()
    return made
