"""The gate before every dial: campaign, suppression, law and caps, with the rules it used."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer.decisions import Ruling
from dialer.ledger import Purse
from dialer.models import Attempt, CallingRule, Campaign, Lead, Phone
from dialer.rules.calling_window import Rule, Window, decide
from dialer.suppressions import suppressed

SETTLING = timedelta(seconds=5)
CAP_ATTEMPTS = 3
CAP_HOURS = timedelta(hours=24)
CAP = Rule("cap-3-per-24h", 1, "conservative preset; Fla. Stat. 501.616(6)", ())


class Gate:
    """Rules on one lead at one moment, inside the caller's transaction."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def rule(self, lead: Lead, campaign: Campaign, phone: Phone, reserved: bool = False) -> Ruling:
        """May this lead be dialed now? `reserved` when its own attempt counts already."""
        law = self._law(phone)
        rules = [*law, campaign_rule(campaign)] if law else []
        zones = sorted({*phone.zones, *([lead.timezone] if lead.timezone else [])})
        named = tuple(_named(rule) for rule in [*rules, CAP])
        if campaign.state != "running":
            soon = self._now + timedelta(minutes=1)
            return Ruling(False, ("campaign_not_running",), named, tuple(zones), soon)
        if suppressed(self._session, phone.e164, campaign.id, self._now):
            return Ruling(False, ("suppressed",), named, tuple(zones))
        made = lead.attempts_made - (1 if reserved else 0)
        if made >= campaign.max_attempts:
            return Ruling(False, ("attempts_used_up",), named, tuple(zones))
        free_at = self._capped_until(phone)
        if free_at:
            return Ruling(False, ("cap-3-per-24h",), named, tuple(zones), free_at)
        margin = timedelta(seconds=campaign.ring_timeout_seconds) + SETTLING
        verdict = decide(self._now, zones if phone.zones else (), rules, margin)
        return Ruling(verdict.allowed, verdict.reasons, named, tuple(zones), verdict.next_lawful_at)

    def out_of_money(self, ruling: Ruling, campaign: Campaign, short: Purse) -> Ruling:
        """The same ruling, refused because a purse is short until its next day begins."""
        zone = ZoneInfo(campaign.timezone)
        tomorrow = datetime.combine(short.day + timedelta(days=1), time(0), zone)
        next_at = None if short.scope == "call" else tomorrow
        reason = f"budget:{short.scope}"
        return Ruling(False, (reason,), ruling.rules, ruling.zones, next_at)

    def _law(self, phone: Phone) -> list[Rule]:
        """All versions of the country's rules for automated calls; none when none is in force."""
        rows = self._session.scalars(
            select(CallingRule)
            .where(CallingRule.jurisdiction == phone.country)
            .where(CallingRule.call_class.in_(("any", "automated")))
            .order_by(CallingRule.id, CallingRule.version)
        ).all()
        today = self._now.date()
        in_force = any(
            row.effective_from <= today and (row.effective_to is None or today < row.effective_to)
            for row in rows
        )
        return [law_rule(row) for row in rows] if in_force else []

    def _capped_until(self, phone: Phone) -> datetime | None:
        """When the number may be tried again, if it was dialed three times in 24 hours."""
        dialed = self._session.scalars(
            select(func.coalesce(Attempt.placing_at, Attempt.placed_at))
            .where(Attempt.phone_id == phone.id)
            .where(Attempt.placing_at > self._now - CAP_HOURS)
            .order_by(Attempt.placing_at.desc())
            .limit(CAP_ATTEMPTS)
        ).all()
        return dialed[-1] + CAP_HOURS if len(dialed) == CAP_ATTEMPTS else None


def law_rule(row: CallingRule) -> Rule:
    """A row of the law as a pure rule; a hard block allows no hour at all."""
    by_day = [row.hours["mon_fri"]] * 5 + [row.hours["sat"], row.hours["sun"]]
    if row.hard_block:
        by_day = [[]] * 7
    return Rule(
        row.id,
        row.version,
        row.authority,
        tuple(tuple(_window(text) for text in day) for day in by_day),
        row.effective_from,
        row.effective_to,
    )


def campaign_rule(campaign: Campaign) -> Rule:
    """The campaign's own window, in the called party's local time like the law."""
    window = (Window(campaign.window_start, campaign.window_end),)
    hours = tuple(window if day in campaign.window_days else () for day in range(7))
    return Rule(f"campaign:{campaign.id}", campaign.epoch, "the operator's window", hours)


def _window(text: str) -> Window:
    start, end = text.split("-")
    return Window(time.fromisoformat(start), time.fromisoformat(end))


def _named(rule: Rule) -> dict[str, Any]:
    return {"id": rule.rule_id, "version": rule.version, "authority": rule.authority}
