"""The line-up: which due leads are next, found through the localities that are open.

Nothing here looks at a lead whose locality is closed, so the cost of a turn does not grow with
the list: each open locality is one descent of the index `leads_to_dial`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import CursorResult, func, select, text
from sqlalchemy.orm import Session

from dialer.models import Attempt, Campaign, CampaignLocality, Lead, Locality, Phone
from dialer.rules import locality
from dialer.rules.call_state import ACTIVE
from dialer.rules.calling_window import Verdict
from dialer.rules.law import Law
from dialer.rules.turn_order import Candidate
from dialer.verdicts import Verdicts

WAKE_AT_ONCE = 5_000
FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A locality of a campaign with its verdict."""

    campaign_id: int
    locality_id: int
    verdict: Verdict


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


def places(
    session: Session, law: Law, campaigns: Sequence[Campaign], verdicts: Verdicts, now: datetime
) -> list[Place]:
    """Every locality of these campaigns with what the law says of it now."""
    by_id = {campaign.id: campaign for campaign in campaigns}
    rows = session.execute(
        select(CampaignLocality.campaign_id, Locality)
        .join(Locality, Locality.id == CampaignLocality.locality_id)
        .where(CampaignLocality.campaign_id.in_(by_id))
    )
    return [
        Place(row[0], row[1].id, verdicts.of(law, by_id[row[0]], known(row[1]), now))
        for row in rows
    ]


def known(row: Locality) -> locality.Locality:
    """A stored locality as the value that the rules take."""
    return locality.Locality(row.country, tuple(row.zones), tuple(row.states), row.blocked)


def candidates(
    session: Session, found: Sequence[Place], priorities: Mapping[int, int], most: int
) -> dict[int, list[Candidate]]:
    """The next due leads of each campaign, at most `most` each, best first.

    Localities without any lawful hour come last: their leads are refused with the reason.
    """
    ahead: dict[int, list[Candidate]] = {}
    worth = [one for one in found if one.verdict.allowed or one.verdict.next_lawful_at is None]
    worth.sort(key=lambda one: (one.campaign_id, _closes(one)))
    for (campaign_id, closes_at), group in groupby(
        worth, key=lambda one: (one.campaign_id, _closes(one))
    ):
        queue = ahead.setdefault(campaign_id, [])
        if len(queue) < most:
            queue.extend(
                Candidate(
                    lead_id=row.id,
                    campaign_id=campaign_id,
                    closes_at=closes_at,
                    callback=row.callback,
                    priority=(priorities[campaign_id], row.priority),
                    due_at=row.next_attempt_at,
                )
                for row in session.execute(
                    _NEXT,
                    {
                        "campaign": campaign_id,
                        "localities": [one.locality_id for one in group],
                        "most": most - len(queue),
                    },
                )
            )
    return ahead


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


def _closes(place: Place) -> datetime:
    return place.verdict.closes_at or FAR


_WAKE = text("""
with due as (
  select id from leads where state = 'waiting' and next_attempt_at <= :now
  order by next_attempt_at limit :most for update skip locked
)
update leads set state = 'ready' from due where leads.id = due.id
""")

_NEXT = text("""
select l.id, l.callback, l.priority, l.next_attempt_at
from unnest(cast(:localities as bigint[])) as o (locality_id)
cross join lateral (
  select id, callback, priority, next_attempt_at from leads
  where campaign_id = :campaign and locality_id = o.locality_id and state = 'ready'
  order by callback desc, priority desc, next_attempt_at, id
  limit :most
) as l
order by l.callback desc, l.priority desc, l.next_attempt_at, l.id
limit :most
""")
