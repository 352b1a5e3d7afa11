"""A campaign is edited, also while it runs: checked like a new one, in force from the next dial."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import calling_rules, held_leads
from dialer.campaign_specs import CampaignSpec, Limits, bounded, days_text, spec
from dialer.campaigns import describe, schedule_of
from dialer.errors import Conflict, InputError
from dialer.models import Campaign
from dialer.rules.budget import usd
from dialer.rules.campaign_state import PauseReason, State
from dialer.rules.schedule import next_open

FIXED = ("name", "call_class", "live_reason", "timezone")
"""What attempts and money were recorded under; it stays once a campaign has run."""

CLEARABLE = frozenset({"starts_on", "ends_on", "cron", "run_minutes", "max_concurrent"})
"""Fields that an edit may empty: with None, or with an empty text."""


def edit(
    session: Session,
    campaign: Campaign,
    changes: Mapping[str, Any],
    limits: Limits,
    now: datetime,
) -> tuple[str, ...]:
    """Change fields of `CampaignSpec`; returns the names of those that really changed.

    A `script` or `retry` given in part is laid over the present one. Bumps the epoch, so that
    what was reserved before is judged anew. Raises `InputError` naming the wrong field,
    `Conflict` for one that is fixed and for a campaign that was aborted.
    """
    session.flush()
    session.refresh(campaign, with_for_update={"key_share": True})
    if campaign.state == State.ABORTED:
        raise Conflict(f"campaign {campaign.name!r} is aborted", "Make a new one")
    before = said(campaign)
    after = _laid_over(before, changes)
    changed = tuple(
        name for name in CampaignSpec.model_fields if getattr(after, name) != getattr(before, name)
    )
    if not changed:
        return ()
    _may(session, campaign, before, after, changed)
    bounded(after, limits)
    describe(campaign, after, limits)
    campaign.epoch += 1
    _look_again(session, campaign, now)
    held_leads.reconsider(session, now, campaign.id)
    session.flush()
    return changed


def said(campaign: Campaign) -> CampaignSpec:
    """The row as an operator's words."""
    return spec(
        name=campaign.name,
        window=f"{campaign.window_start:%H:%M}-{campaign.window_end:%H:%M}",
        days=days_text(campaign.window_days),
        timezone=campaign.timezone,
        daily_budget=usd(campaign.daily_budget_micros),
        max_attempts=campaign.max_attempts,
        script=campaign.script,
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        cron=campaign.cron,
        run_minutes=campaign.cron_minutes,
        skip_holidays=campaign.skip_holidays,
        weight=campaign.weight,
        priority=campaign.priority,
        max_concurrent=campaign.max_concurrent,
        call_class=campaign.call_class,
        live_reason=campaign.live_reason,
        dnc_scrub=campaign.dnc_scrub,
        amd=campaign.amd,
        retry=campaign.retry,
    )


def _laid_over(before: CampaignSpec, changes: Mapping[str, Any]) -> CampaignSpec:
    unknown = set(changes) - set(CampaignSpec.model_fields)
    if unknown:
        raise InputError(
            f"{', '.join(sorted(unknown))}: no such field of a campaign",
            f"It has {', '.join(CampaignSpec.model_fields)}",
        )
    fields = before.model_dump() | {"retry": before.retry_words}
    for name, value in changes.items():
        if value is None or value == "":
            if name not in CLEARABLE:
                raise InputError(f"{name} cannot be empty", "Leave it out to keep it")
            fields[name] = None
        elif name == "script":
            fields[name] = fields[name] | dict(value)
        elif name == "retry":
            fields[name] = _merged(fields[name], value)
        else:
            fields[name] = value
    if not fields["cron"]:
        fields["run_minutes"] = None
    after = spec(**fields)
    return after.model_copy(update={"days": days_text(after.weekdays)})


def _merged(present: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Dispositions laid over field by field; null brings one back to its default."""
    merged = dict(present)
    for name, words in given.items():
        if words is None:
            merged.pop(name, None)
        elif isinstance(words, Mapping):
            merged[name] = merged.get(name, {}) | dict(words)
        else:
            merged[name] = words
    return merged


def _may(
    session: Session,
    campaign: Campaign,
    before: CampaignSpec,
    after: CampaignSpec,
    changed: tuple[str, ...],
) -> None:
    fixed = [name for name in changed if name in FIXED]
    if fixed and campaign.started_at:
        raise Conflict(
            f"{', '.join(fixed)} of campaign {campaign.name!r} cannot change, for it has run",
            "Make a new campaign",
        )
    if after.name != before.name and session.scalar(
        select(Campaign.id).where(Campaign.name == after.name)
    ):
        raise Conflict(f"there is a campaign named {after.name!r}", "Choose another name")


def _look_again(session: Session, campaign: Campaign, now: datetime) -> None:
    """Let the clock judge anew what waits for an opening or for money; a breaker cools on."""
    if campaign.state == State.SCHEDULED:
        campaign.resume_at = next_open(
            schedule_of(campaign, calling_rules.law(session).closed), now
        )
    if campaign.state == State.PAUSED and campaign.state_reason in (
        PauseReason.WINDOW,
        PauseReason.BUDGET,
    ):
        campaign.resume_at = now
