"""The one place that reads the wall clock.

A product in a rehearsal may live in another hour: `shift` moves its whole world, the carrier
twin's dates included, so that the law is judged by an hour that is shown and never switched off.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # beat and Flower read the settings and need no database
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Clock:
    """The product's time: real time plus a fixed shift (zero outside a rehearsal)."""

    shift: timedelta = timedelta(0)

    def now(self) -> datetime:
        """This moment, aware UTC."""
        return datetime.now(UTC) + self.shift

    def of(self, session: "Session") -> datetime:
        """The database's moment: one time base for all workers, whatever their own clocks say."""
        at: datetime = session.connection().exec_driver_sql("select clock_timestamp()").scalar_one()
        return at.astimezone(UTC) + self.shift
