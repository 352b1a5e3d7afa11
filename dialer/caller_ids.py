"""The numbers that we call from: which a campaign may use, and which of them is free now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from dialer import phone_input
from dialer.errors import Conflict, InputError, NotFound
from dialer.models import Attempt, CallerId, Campaign, CampaignCallerId, Lead
from dialer.phone import E164
from dialer.rules.call_state import CallState

SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Picked:
    """The number to call from; when it stands in the pool it counts as used from now on."""

    e164: E164


@dataclass(frozen=True, slots=True)
class Resting:
    """No number is free before `free_at`.

    `reason` is `caller_id:daily_cap`, `caller_id:resting`, `caller_id:retired` (nobody knows
    until when: asked again the next day) or `caller_id:busy` (another worker holds the last
    free one for an instant: nothing is wrong with the lead).
    """

    reason: str
    free_at: datetime


@dataclass(frozen=True, slots=True)
class _Day:
    """The campaign's local day, half-open."""

    starts: datetime
    ends: datetime


def pick(
    session: Session, campaign: Campaign, now: datetime, lead: Lead | None = None
) -> Picked | Resting:
    """Take a number inside the dial transaction: the one that `lead` saw last (people call back
    and recognise numbers), else the one that rested longest.

    Its row stays locked until the caller commits the attempt, so two workers cannot exceed a cap.
    The account's number is unlimited while it does not stand in the pool.
    """
    pool = _candidates(session, campaign)
    if not pool:
        return _outside_the_pool(session, campaign, now)
    day = _day(campaign, now)
    used = _used(session, pool, day)
    free = [one for one in pool if _free_at(one, used[one.e164], day, now) <= now]
    last = _last_seen(session, lead) if lead and lead.attempts_made else None
    for one in sorted(free, key=lambda one: one.e164 != last):
        if _take(session, one, day, now):
            return Picked(E164(one.e164))
    if free:
        return Resting("caller_id:busy", now + SOON)
    return _resting(pool, used, day, now)


class Callers:
    """Picks for one transaction; a campaign without a pool is looked up once."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._alone: dict[int, Picked | Resting] = {}

    def pick(self, campaign: Campaign, lead: Lead) -> Picked | Resting:
        """As `pick` of this module."""
        if campaign.id not in self._alone:
            if _candidates(self._session, campaign):
                return pick(self._session, campaign, self._now, lead)
            self._alone[campaign.id] = _outside_the_pool(self._session, campaign, self._now)
        return self._alone[campaign.id]


def add(
    session: Session,
    number: str,
    label: str,
    daily_cap: int | None,
    rest_seconds: int,
    now: datetime,
) -> CallerId:
    """Put a number into the pool, or change and revive one that stands there.

    `daily_cap` None = unlimited. Raises `InputError`.
    """
    e164 = phone_input.number(number)
    if daily_cap is not None and daily_cap < 1:
        raise InputError(f"daily cap {daily_cap} is below 1", "Give calls a day, or leave it out")
    if rest_seconds < 0:
        raise InputError(f"rest {rest_seconds} is negative", "Give the seconds between two calls")
    one = session.scalar(select(CallerId).where(CallerId.e164 == e164))
    if one is None:
        one = CallerId(e164=e164, created_at=now)
        session.add(one)
    one.label, one.daily_cap, one.rest_seconds, one.active = label, daily_cap, rest_seconds, True
    session.flush()
    return one


def retire(session: Session, number: str) -> CallerId:
    """No further call from this number. Raises `NotFound`."""
    one = find(session, number)
    one.active = False
    return one


def every(session: Session) -> list[CallerId]:
    """The pool, those in use first."""
    return list(session.scalars(select(CallerId).order_by(CallerId.active.desc(), CallerId.id)))


def find(session: Session, number: str) -> CallerId:
    """A number of the pool. Raises `NotFound`."""
    e164 = phone_input.number(number)
    one = session.scalar(select(CallerId).where(CallerId.e164 == e164))
    if one is None:
        raise NotFound(
            f"{e164} is not in the pool", "`dialer caller-ids list` names those that are"
        )
    return one


def assign(session: Session, campaign: Campaign, numbers: Sequence[str]) -> list[str]:
    """Let a campaign call from these numbers alone; none = from its own `caller_id` again.

    Raises `NotFound` for one outside the pool, `Conflict` for a retired one.
    """
    chosen = {one.id: one for one in (find(session, number) for number in numbers)}
    for one in chosen.values():
        if not one.active:
            raise Conflict(f"{one.e164} is retired", "`dialer caller-ids add` it again first")
    session.execute(delete(CampaignCallerId).where(CampaignCallerId.campaign_id == campaign.id))
    session.add_all(
        CampaignCallerId(campaign_id=campaign.id, caller_id_id=caller_id) for caller_id in chosen
    )
    session.flush()
    return [one.e164 for one in chosen.values()]


def assigned(session: Session, campaign: Campaign) -> list[str]:
    """The numbers that the campaign chose from the pool; empty = its own `caller_id`."""
    return list(
        session.scalars(
            select(CallerId.e164)
            .join(CampaignCallerId, CampaignCallerId.caller_id_id == CallerId.id)
            .where(CampaignCallerId.campaign_id == campaign.id)
            .order_by(CallerId.id)
        )
    )


def _candidates(session: Session, campaign: Campaign) -> list[CallerId]:
    """The chosen numbers of the pool, retired ones left out; the longest unused first."""
    mine = CampaignCallerId.campaign_id == campaign.id
    chosen = exists().where(mine, CampaignCallerId.caller_id_id == CallerId.id)
    return list(
        session.scalars(
            select(CallerId)
            .where(CallerId.active)
            .where(or_(chosen, and_(~exists().where(mine), CallerId.e164 == campaign.caller_id)))
            .order_by(CallerId.last_used_at.nulls_first(), CallerId.id)
            .execution_options(populate_existing=True)
        )
    )


def _outside_the_pool(session: Session, campaign: Campaign, now: datetime) -> Picked | Resting:
    """The account's own number, unless the operator retired it or all that were chosen."""
    mine = CampaignCallerId.campaign_id == campaign.id
    retired = session.scalar(
        select(or_(exists().where(mine), exists().where(CallerId.e164 == campaign.caller_id)))
    )
    if retired:
        return Resting("caller_id:retired", _day(campaign, now).ends)
    return Picked(E164(campaign.caller_id))


def _take(session: Session, one: CallerId, day: _Day, now: datetime) -> bool:
    """Lock the row and look again; False when another worker was faster."""
    locked = session.scalar(
        select(CallerId)
        .where(CallerId.id == one.id, CallerId.active)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if locked is None:
        return False
    # A statement of its own: it sees the attempts that were committed before we got the lock.
    used = _used(session, [locked], day)[locked.e164]
    if _free_at(locked, used, day, now) > now:
        return False
    locked.last_used_at = now
    session.flush()
    return True


def _used(session: Session, pool: Sequence[CallerId], day: _Day) -> dict[str, int]:
    """Today's dials of each capped number, those that are only reserved included."""
    counts = dict.fromkeys((one.e164 for one in pool), 0)
    capped = [one.e164 for one in pool if one.daily_cap is not None]
    if not capped:
        return counts
    dialed = and_(Attempt.placing_at >= day.starts, Attempt.placing_at < day.ends)
    for which in (dialed, Attempt.state == CallState.RESERVED):
        rows = session.execute(
            select(Attempt.caller_id, func.count())
            .where(Attempt.caller_id.in_(capped), which)
            .group_by(Attempt.caller_id)
        )
        for e164, count in rows:
            counts[e164] += count
    return counts


def _free_at(one: CallerId, used: int, day: _Day, now: datetime) -> datetime:
    """When the number may be used; at or before `now` when it is free."""
    rested = now
    if one.last_used_at is not None:
        rested = one.last_used_at + timedelta(seconds=one.rest_seconds)
    if one.daily_cap is not None and used >= one.daily_cap:
        return max(rested, day.ends)
    return rested


def _resting(pool: Sequence[CallerId], used: dict[str, int], day: _Day, now: datetime) -> Resting:
    """Whichever number is free first, and what it waits for."""
    first = min(pool, key=lambda one: _free_at(one, used[one.e164], day, now))
    capped = first.daily_cap is not None and used[first.e164] >= first.daily_cap
    reason = "caller_id:daily_cap" if capped else "caller_id:resting"
    return Resting(reason, _free_at(first, used[first.e164], day, now))


def _last_seen(session: Session, lead: Lead) -> str | None:
    """The number that showed on the lead's phone the last time."""
    return session.scalar(
        select(Attempt.caller_id)
        .where(Attempt.lead_id == lead.id, Attempt.placing_at.is_not(None))
        .order_by(Attempt.ordinal.desc())
        .limit(1)
    )


def _day(campaign: Campaign, now: datetime) -> _Day:
    zone = ZoneInfo(campaign.timezone)
    today = now.astimezone(zone).date()
    midnights = (datetime.combine(today + timedelta(days=ahead), time(0), zone) for ahead in (0, 1))
    return _Day(*midnights)
