"""Two campaigns and a few people in them, made by hand: no law, no money, no calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from dialer import db
from dialer.models import Lead, Phone

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
MARIA, LENA, OMAR = "+12125550123", "+13125550145", "+13055550167"
AUTUMN, WINTER = 1, 2

_CAMPAIGNS = text("""
insert into campaigns (name, state, state_reason, epoch, timezone, window_start, window_end,
  window_days, daily_budget_micros, cost_per_call_micros, max_attempts, max_call_seconds,
  ring_timeout_seconds, caller_id, script, priority, created_at, call_class)
select name, 'running', '', 1, 'America/New_York', '10:00', '17:00', '{0,1,2,3,4}', 25000000,
  100000, 3, 300, 25, '+12125550100', '{}', 0, :now, 'automated'
from unnest(array['autumn', 'winter']) with ordinality as n (name, position) order by position
""")
_LOCALITY = text("""
insert into localities (country, zones, states, blocked)
values ('US', '{America/New_York}', '{}', '')
""")
_PHONE = text("""
insert into phones (e164, country, created_at) values (:number, 'US', :now)
on conflict (e164) do update set country = 'US' returning id
""")
_LEAD = text("""
insert into leads (campaign_id, phone_id, locality_id, state, next_attempt_at, attempts_made,
  reason, external_id, first_name, last_name, email, address, city, region, postal_code, timezone,
  intent, extra)
values (:campaign, :phone, 1, :state, :next, 0, :reason, 'X1', 'Maria', 'Silva',
  'maria@home.example', '1 Elm St', 'New York', 'NY', '10001', '', 'sell', '{"dog": "Rex"}')
returning id
""")
_ATTEMPT = text("""
insert into attempts (id, lead_id, campaign_id, phone_id, ordinal, epoch, state, cause, token,
  caller_id, time_limit_seconds, reserved_micros, reserved_at, lease_until, placing_at, placed_at,
  answered_at, ended_at, duration_seconds, outcome, outcome_at, disposition, recorded_at)
select :id, l.id, l.campaign_id, l.phone_id, 1, 1, :state, '', 't', '+12125550100', 300, 100000,
  :now, :now, :now, :now, :now, :now, 42, cast(:outcome as jsonb), :now, 'not_interested', :now
from leads l where l.id = :lead
""")


@dataclass
class People:
    """Sessions on a database with two running campaigns, `AUTUMN` and `WINTER`."""

    engine: Engine
    sessions: db.Sessions

    def lead(
        self, number: str, campaign: int = AUTUMN, state: str = "ready", reason: str = ""
    ) -> int:
        """A lead of the number; one with a reason is held."""
        with db.transaction(self.sessions) as session:
            phone = session.scalar(_PHONE, {"number": number, "now": NOON})
            at = None if reason or state not in ("ready", "waiting") else NOON
            told = {"campaign": campaign, "phone": phone, "state": state, "reason": reason}
            return int(session.execute(_LEAD, told | {"next": at}).scalar_one())

    def attempt(self, lead: int, outcome: str = "{}", state: str = "completed") -> UUID:
        """A call of the lead, ended and recorded unless its state says otherwise."""
        attempt_id = uuid4()
        told = {"id": attempt_id, "lead": lead, "state": state, "outcome": outcome, "now": NOON}
        with db.transaction(self.sessions) as session:
            session.execute(_ATTEMPT, told)
        return attempt_id

    def phones(self, session: Session, *numbers: str) -> dict[int, str]:
        """Phone id -> number, as the gate asks."""
        found = session.scalars(select(Phone).where(Phone.e164.in_(numbers)))
        return {phone.id: phone.e164 for phone in found}

    def state(self, lead: int) -> tuple[str, str, datetime | None]:
        """The lead's state, its reason and when it is due."""
        with self.sessions() as session:
            found = session.get_one(Lead, lead)
            return found.state, found.reason, found.next_attempt_at


@contextmanager
def people(url: str) -> Iterator[People]:
    """The two campaigns on this database."""
    engine = db.connect(url, pool_size=3)
    found = People(engine, db.sessions(engine))
    with db.transaction(found.sessions) as session:
        session.execute(_CAMPAIGNS, {"now": NOON})
        session.execute(_LOCALITY)
    yield found
    engine.dispose()
