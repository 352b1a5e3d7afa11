"""When a day's budget is half bound, nearly bound, used up or overrun, somebody is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from dialer import alerts
from dialer.models import BudgetDay, Campaign
from dialer.rules.budget import usd

LEVELS = (50, 80)
"""Percent of the day's limit that is bound (spent, overrun and reserved)."""


def moved(session: Session, day: BudgetDay, amount_micros: int, now: datetime) -> None:
    """Alert for each level that the last movement of `amount_micros` reached.

    100 % is reached when another movement of that size does not fit: what is left of a day is
    less than a call's worst case long before it is zero.
    """
    bound = day.spent_micros + day.overrun_micros + day.reserved_micros
    for percent in LEVELS:
        mark = day.limit_micros * percent
        if (bound - amount_micros) * 100 < mark <= bound * 100:
            _raise(session, day, percent, "warning", now)
    if amount_micros > 0 and bound + amount_micros > day.limit_micros:
        _raise(session, day, 100, "critical", now)


def overrun(session: Session, day: BudgetDay, now: datetime) -> None:
    """The carrier charged more than was reserved and the day had no room for it."""
    alerts.raise_once(
        session,
        f"overrun:{day.scope}:{day.day}",
        "budget",
        "critical",
        f"The carrier's prices exceed the budget of {_named(session, day)} on {day.day} by "
        f"${usd(day.overrun_micros):.4f}: its rates are higher than the rate card's "
        "(RATE_VOICE_PER_MINUTE, RATE_VOICE_BY_PREFIX)",
        now,
        _campaign_id(day.scope),
    )


def _raise(
    session: Session, day: BudgetDay, percent: int, severity: alerts.Severity, now: datetime
) -> None:
    gone = usd(day.spent_micros + day.overrun_micros)
    alerts.raise_once(
        session,
        f"budget:{day.scope}:{day.day}:{percent}",
        "budget",
        severity,
        f"{percent} % of the budget of {_named(session, day)} on {day.day} is bound: "
        f"${gone:.4f} spent, ${usd(day.reserved_micros):.4f} reserved of "
        f"${usd(day.limit_micros):.2f}",
        now,
        _campaign_id(day.scope),
    )


def _campaign_id(scope: str) -> int | None:
    kind, _, number = scope.partition(":")
    return int(number) if kind == "campaign" else None


def _named(session: Session, day: BudgetDay) -> str:
    campaign_id = _campaign_id(day.scope)
    if campaign_id is None:
        return "all campaigns"
    campaign = session.get(Campaign, campaign_id)
    return f"campaign {campaign.name}" if campaign else day.scope
