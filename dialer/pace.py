"""The account's pace (CPS): turns at the carrier, handed out by the database.

Twilio queues what comes faster than the account's calls per second, and a queued call rings
whenever its turn comes; so the dialer never sends faster. Reservations are spaced as well, which
keeps media workers from getting ready all at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer.models import CarrierPace

RESERVING = "reserving"
PLACING = "placing"


@dataclass(slots=True)
class Turns:
    """The turns of one transaction, which holds the lock on the pace until it ends."""

    row: CarrierPace
    interval: timedelta

    def may(self, now: datetime) -> bool:
        """Whether a turn is due."""
        return self.row.next_at <= now

    def due(self, wanted: int) -> int:
        """How many of the wanted turns may be taken at one moment."""
        return wanted if not self.interval else min(wanted, 1)

    def take(self, now: datetime) -> datetime:
        """Take the next turn; returns when it is, `now` at the earliest."""
        turn = max(self.row.next_at, now)
        self.row.next_at = turn + self.interval
        return turn


def turns(session: Session, scope: str, calls_per_second: float, now: datetime) -> Turns:
    """Lock the pace of `scope`: one transaction after the other."""
    session.execute(insert(CarrierPace).values(scope=scope, next_at=now).on_conflict_do_nothing())
    row = session.scalars(
        select(CarrierPace)
        .where(CarrierPace.scope == scope)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return Turns(row, timedelta(seconds=1 / calls_per_second))
