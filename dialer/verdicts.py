"""What the law says of a locality, remembered until it says something else.

A verdict of `decide` holds until its closing, or until its next lawful moment. So the law is
asked once an hour or so for all leads of a locality, and each dial still has its exact answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dialer.models import Campaign
from dialer.rules.calling_window import Verdict, decide
from dialer.rules.law import Law, Rule, Window
from dialer.rules.locality import Locality

SETTLING = timedelta(seconds=5)
NEVER = timedelta(hours=1)
MOST = 20_000
FAR = datetime(9999, 1, 1, tzinfo=UTC)

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Openings:
    """The localities (ids) of a campaign in which leads may be dealt with, by their closing.

    Those that close soonest come first; those without any lawful hour come last (`FAR`), so that
    their leads are refused with the reason. `opens_at` is set while every locality is closed.
    """

    groups: tuple[tuple[datetime, tuple[int, ...]], ...]
    opens_at: datetime | None


@dataclass(slots=True)
class Verdicts:
    """Verdicts of one process. A change of law or campaign is a new key; nothing goes stale."""

    _known: dict[Key, tuple[datetime, datetime, Verdict]] = field(default_factory=dict)
    _openings: dict[Key, tuple[datetime, datetime, Openings]] = field(default_factory=dict)

    def of(self, law: Law, campaign: Campaign, locality: Locality, now: datetime) -> Verdict:
        """May numbers of the locality ring at `now` for this campaign?"""
        key = (law.stamp, campaign.id, campaign.epoch, locality)
        known = self._known.get(key)
        if known and known[0] <= now < known[1]:
            return known[2]
        verdict = decide(
            now, locality, rules_for(law, campaign, locality), law.closed, margin(campaign)
        )
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (now, _until(verdict, now), verdict)
        return verdict

    def openings(
        self,
        law: Law,
        campaign: Campaign,
        count: int,
        load: Callable[[], Iterable[tuple[int, Locality]]],
        now: datetime,
    ) -> Openings:
        """Where the campaign may dial at `now`; asked anew when a locality opens, closes or comes.

        `count` is how many localities the campaign has by now, `load` reads them.
        """
        key = (law.stamp, campaign.id, campaign.epoch, count)
        known = self._openings.get(key)
        if known and known[0] <= now < known[1]:
            return known[2]
        judged = [(one, self.of(law, campaign, place, now)) for one, place in load()]
        until = min((_until(verdict, now) for _, verdict in judged), default=now + NEVER)
        found = _openings(judged)
        if len(self._openings) >= MOST:
            self._openings.clear()
        self._openings[key] = (now, until, found)
        return found


def _until(verdict: Verdict, now: datetime) -> datetime:
    """How long a verdict holds; one without an end is looked at again in an hour."""
    ends = verdict.closes_at if verdict.allowed else verdict.next_lawful_at
    return ends or now + NEVER


def _openings(judged: list[tuple[int, Verdict]]) -> Openings:
    groups: dict[datetime, list[int]] = {}
    for one, verdict in judged:
        if verdict.allowed or verdict.next_lawful_at is None:
            groups.setdefault(verdict.closes_at or FAR, []).append(one)
    closed = not any(verdict.allowed for _, verdict in judged)
    opens = [verdict.next_lawful_at for _, verdict in judged if verdict.next_lawful_at]
    return Openings(
        tuple((closes_at, tuple(groups[closes_at])) for closes_at in sorted(groups)),
        min(opens, default=None) if closed else None,
    )


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
