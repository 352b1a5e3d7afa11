"""What the law says of a locality, remembered until it says something else.

A verdict of `decide` holds until its closing, or until its next lawful moment. So the law is
asked once an hour or so for all leads of a locality, and each dial still has its exact answer.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dialer.models import Campaign
from dialer.rules.calling_window import Verdict, decide
from dialer.rules.law import Law, Rule, Window
from dialer.rules.locality import Locality

SETTLING = timedelta(seconds=5)
NEVER = timedelta(hours=1)
MOST = 20_000

Key = tuple[object, ...]


@dataclass(slots=True)
class Verdicts:
    """Verdicts of one process. A change of law or campaign is a new key; nothing goes stale."""

    _known: dict[Key, tuple[datetime, datetime, Verdict]] = field(default_factory=dict)

    def of(self, law: Law, campaign: Campaign, locality: Locality, now: datetime) -> Verdict:
        """May numbers of the locality ring at `now` for this campaign?"""
        key = (law.stamp, campaign.id, campaign.epoch, locality)
        known = self._known.get(key)
        if known and known[0] <= now < known[1]:
            return known[2]
        verdict = decide(
            now, locality, rules_for(law, campaign, locality), law.closed, margin(campaign)
        )
        until = verdict.closes_at if verdict.allowed else verdict.next_lawful_at
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (now, until or now + NEVER, verdict)
        return verdict


def margin(campaign: Campaign) -> timedelta:
    """How long after the dial the phone may still begin to be answered."""
    return timedelta(seconds=campaign.ring_timeout_seconds) + SETTLING


def rules_for(law: Law, campaign: Campaign, locality: Locality) -> tuple[Rule, ...]:
    """The law of the place for this class of call, and the campaign's own window."""
    found = law.applicable(locality.country, locality.states, campaign.call_class)
    return (*found, campaign_rule(campaign)) if found else ()


def campaign_rule(campaign: Campaign) -> Rule:
    """The campaign's own window, in the called party's local time like the law."""
    window = (Window(campaign.window_start, campaign.window_end),)
    return Rule(
        rule_id=f"campaign:{campaign.id}",
        version=campaign.epoch,
        jurisdiction="*",
        call_class="any",
        authority="the operator's window",
        hours=tuple(window if day in campaign.window_days else () for day in range(7)),
    )
