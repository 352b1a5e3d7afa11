"""Leads that wait without an hour: something has to change before they may be judged again."""

from datetime import datetime

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session


def reconsider(session: Session, now: datetime, campaign_id: int | None = None) -> int:
    """The law, a rate or a campaign was changed: held leads are due for a new decision.

    Those held for want of a consent stay so; recording one lets them go (`consents`). Returns
    how many.
    """
    done = session.execute(_RECONSIDER, {"now": now, "campaign": campaign_id})
    return done.rowcount if isinstance(done, CursorResult) else 0


_RECONSIDER = text("""
update leads set state = 'ready', next_attempt_at = :now, reason = ''
where state = 'waiting' and next_attempt_at is null and reason not like 'consent%'
  and (campaign_id = :campaign or cast(:campaign as bigint) is null)
""")
