"""The line-up: which due leads are next, found through the localities that are open.

Nothing here looks at a lead whose locality is closed, so the cost of a turn does not grow with
the list: each open locality is one descent of the index `leads_to_dial`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, func, select, text
from sqlalchemy.orm import Session

from dialer import calling_rules, localities
from dialer.models import Attempt, Campaign, CampaignLocality, Lead, Phone
from dialer.rules.call_state import ACTIVE
from dialer.rules.law import Law
from dialer.rules.locality import Locality
from dialer.rules.turn_order import Candidate
from dialer.verdicts import Openings, Verdicts

WAKE_AT_ONCE = 5_000


def wake(session: Session, now: datetime) -> int:
    """Make waiting leads whose hour has come ready; returns how many."""
    done = session.execute(_WAKE, {"now": now, "most": WAKE_AT_ONCE})
    return done.rowcount if isinstance(done, CursorResult) else 0


def running(session: Session) -> list[Campaign]:
    """The campaigns that may dial, each share-locked: a pause waits for this pass or stops it."""
    return list(
        session.scalars(
            select(Campaign)
            .where(Campaign.state == "running")
            .order_by(Campaign.id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
    )


def active(session: Session) -> dict[int, int]:
    """How many lines each campaign holds."""
    rows = session.execute(
        select(Attempt.campaign_id, func.count())
        .where(Attempt.state.in_([state.value for state in ACTIVE]))
        .group_by(Attempt.campaign_id)
    )
    return {row[0]: row[1] for row in rows}


def openings(
    session: Session, law: Law, campaign: Campaign, verdicts: Verdicts, now: datetime
) -> Openings:
    """In which of its localities the campaign may dial now."""
    mine = CampaignLocality.campaign_id == campaign.id
    count = session.scalar(select(func.count()).select_from(CampaignLocality).where(mine))

    def load() -> list[tuple[int, Locality]]:
        keys = session.scalars(select(CampaignLocality.locality_id).where(mine))
        return [(key, localities.get(session, key)) for key in keys]

    return verdicts.openings(law, campaign, count or 0, load, now)


def candidates(session: Session, campaign: Campaign, found: Openings, most: int) -> list[Candidate]:
    """The campaign's next due leads, at most `most`, best first."""
    queue: list[Candidate] = []
    for closes_at, places in found.groups:
        if len(queue) >= most:
            break
        rows = session.execute(
            _NEXT,
            {
                "campaign": campaign.id,
                "localities": list(places),
                "most": most - len(queue),
            },
        )
        queue.extend(
            Candidate(
                lead_id=row.id,
                campaign_id=campaign.id,
                closes_at=closes_at,
                callback=row.callback,
                priority=(campaign.priority, row.priority),
                due_at=row.next_attempt_at,
            )
            for row in rows
        )
    return queue


def anybody(session: Session, now: datetime) -> bool:
    """Whether any lead could be dialed now, were there a line for it."""
    law, verdicts = calling_rules.law(session), Verdicts()
    return any(
        candidates(session, campaign, openings(session, law, campaign, verdicts, now), 1)
        for campaign in running(session)
    )


def claim(session: Session, drawn: Sequence[Candidate]) -> list[tuple[Lead, Phone]]:
    """The drawn leads that are still ready and whose phones are in no active attempt, in order,
    each locked with its phone for this transaction."""
    found = session.execute(
        select(Lead, Phone)
        .join(Phone, Phone.id == Lead.phone_id)
        .where(Lead.id.in_([one.lead_id for one in drawn]), Lead.state == "ready")
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    # A new statement sees what was committed before we got the locks on the phones.
    busy = set(
        session.scalars(
            select(Attempt.phone_id)
            .where(Attempt.phone_id.in_([row[1].id for row in found]))
            .where(Attempt.state.in_([state.value for state in ACTIVE]))
        )
    )
    rows = {row[0].id: (row[0], row[1]) for row in found if row[1].id not in busy}
    return [rows[one.lead_id] for one in drawn if one.lead_id in rows]


_WAKE = text("""
with due as (
  select id from leads where state = 'waiting' and next_attempt_at <= :now
  order by next_attempt_at limit :most for update skip locked
)
update leads set state = 'ready' from due where leads.id = due.id
""")

# Of the localities only those can be among the next whose first lead is, and the first of the
# r-th can be followed by no more than most - r of its own.
_NEXT = text("""
with heads as (
  select o.locality_id, row_number() over
    (order by h.callback desc, h.priority desc, h.next_attempt_at, h.id) as position
  from unnest(cast(:localities as bigint[])) as o (locality_id)
  cross join lateral (
    select id, callback, priority, next_attempt_at from leads
    where campaign_id = :campaign and locality_id = o.locality_id and state = 'ready'
    order by callback desc, priority desc, next_attempt_at, id
    limit 1
  ) as h
  order by position limit :most
)
select l.id, l.callback, l.priority, l.next_attempt_at
from heads
cross join lateral (
  select id, callback, priority, next_attempt_at from leads
  where campaign_id = :campaign and locality_id = heads.locality_id and state = 'ready'
  order by callback desc, priority desc, next_attempt_at, id
  limit :most - heads.position + 1
) as l
order by l.callback desc, l.priority desc, l.next_attempt_at, l.id
limit :most
""")
