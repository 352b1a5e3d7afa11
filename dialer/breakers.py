"""The breakers of campaigns: results noted, campaigns paused and probed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import alerts
from dialer.models import Breaker, Campaign
from dialer.rules import breaker as rules
from dialer.rules.breaker import Circuit
from dialer.rules.campaign_state import PauseReason, State

PROBES_AT_ONCE = 1


def note(session: Session, campaign: Campaign, ok: bool, now: datetime) -> None:
    """Count the result of a call; too many failures open the breaker and pause its campaign.

    Not repeatable: call it where a call is recorded, once. A campaign that a dial is looking at
    is not waited for (that dial may wait for our money): `campaign_clock.advance` pauses it.
    """
    row = _made(session, campaign.id, now)
    before = _value(row)
    after = rules.noted(before, ok)
    if after == before:
        return
    _keep(row, after, now)
    session.flush()
    if after.circuit is Circuit.OPEN:
        held = session.scalar(
            select(Campaign)
            .where(Campaign.id == campaign.id, Campaign.state == State.RUNNING)
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if held is not None:
            pause(session, held, resumes_at(row), now)


def pause(session: Session, campaign: Campaign, resume_at: datetime, now: datetime) -> None:
    """Stop a locked, running campaign whose breaker is open, and tell."""
    campaign.state, campaign.state_reason = State.PAUSED, PauseReason.BREAKER
    campaign.resume_at = resume_at
    campaign.epoch += 1
    minutes = max(round((resume_at - now).total_seconds() / 60), 1)
    alerts.raise_once(
        session,
        f"breaker:{campaign.id}:{campaign.epoch}",
        "breaker",
        "warning",
        f"Campaign {campaign.name!r}: too many of its calls failed. Nothing is dialed for "
        f"{minutes} minutes, then one call at a time is tried",
        now,
        campaign.id,
    )


def resumes_at(row: Breaker) -> datetime:
    """When an open breaker lets probes through."""
    return row.changed_at + timedelta(seconds=row.cooldown_seconds)


def half_open(session: Session, campaign_id: int, now: datetime) -> None:
    """The cooldown is over, or a person goes on: let probes through. Locks the breaker; who
    needs the campaign's lock as well takes that one after it."""
    row = _lock(session, campaign_id)
    if row is not None and row.state == Circuit.OPEN:
        _keep(row, rules.cooled(_value(row)), now)


def limit(session: Session, campaign_ids: Collection[int]) -> dict[int, int]:
    """How many calls at once the breakers leave to campaigns; who is not named is not limited."""
    rows = session.execute(
        select(Breaker.campaign_id, Breaker.state).where(
            Breaker.campaign_id.in_(campaign_ids), Breaker.state != Circuit.CLOSED
        )
    )
    return {row[0]: PROBES_AT_ONCE if row[1] == Circuit.HALF_OPEN else 0 for row in rows}


def circuit(session: Session, campaign_id: int) -> Circuit:
    """Where the breaker stands."""
    state = session.scalar(select(Breaker.state).where(Breaker.campaign_id == campaign_id))
    return Circuit(state) if state else Circuit.CLOSED


def _made(session: Session, campaign_id: int, now: datetime) -> Breaker:
    """The campaign's row, locked; made when it has none."""
    closed = {"state": Circuit.CLOSED, "recent": [], "probes": 0, "cooldown_seconds": 0}
    session.execute(
        insert(Breaker)
        .values(campaign_id=campaign_id, changed_at=now, **closed)
        .on_conflict_do_nothing()
    )
    row = _lock(session, campaign_id)
    if row is None:
        raise LookupError(f"the breaker of campaign {campaign_id} went away while it was made")
    return row


def _lock(session: Session, campaign_id: int) -> Breaker | None:
    return session.scalar(
        select(Breaker)
        .where(Breaker.campaign_id == campaign_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _value(row: Breaker) -> rules.Breaker:
    return rules.Breaker(
        Circuit(row.state),
        tuple(row.recent),
        row.probes,
        timedelta(seconds=row.cooldown_seconds),
    )


def _keep(row: Breaker, value: rules.Breaker, now: datetime) -> None:
    if row.state != value.circuit:
        row.changed_at = now
    row.state, row.recent, row.probes = value.circuit, list(value.recent), value.probes
    row.cooldown_seconds = int(value.cooldown.total_seconds())
