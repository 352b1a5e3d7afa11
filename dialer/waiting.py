"""Why is it not calling? All leads of a campaign by what each of them waits for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer import calling_rules, localities
from dialer.explanations import standing
from dialer.models import Campaign
from dialer.reason_words import Told, in_words
from dialer.rules.law import Law
from dialer.verdicts import Verdicts

TURN = "turn"


@dataclass(frozen=True, slots=True)
class Reason:
    """How many leads wait for one thing, and when the first of them may go on (None: nobody
    knows, something has to change)."""

    code: str
    words: str
    leads: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Leads that wait for the same thing; `locality_id` is set for those that are due."""

    state: str
    reason: str
    locality_id: int | None
    leads: int
    next_at: datetime | None


def reasons(
    session: Session, campaign: Campaign, now: datetime, verdicts: Verdicts | None = None
) -> list[Reason]:
    """Every lead of the campaign under exactly one reason, the most frequent first.

    One pass over the leads; the law is asked once for each locality that has due ones.
    """
    asked = _Asked(session, campaign, calling_rules.law(session), verdicts or Verdicts(), now)
    found: dict[str, Reason] = {}
    for group in _groups(session, campaign.id, now):
        one = asked.reason(group)
        known = found.get(one.code)
        found[one.code] = _joined(known, one) if known else one
    return sorted(found.values(), key=lambda one: (-one.leads, one.code))


class _Asked:
    """The question about one campaign at one moment."""

    def __init__(
        self, session: Session, campaign: Campaign, law: Law, verdicts: Verdicts, now: datetime
    ) -> None:
        self._session = session
        self._campaign = campaign
        self._law = law
        self._verdicts = verdicts
        self._now = now

    def reason(self, group: _Group) -> Reason:
        """What the leads of one group wait for."""
        state, reason, leads = group.state, group.reason, group.leads
        if group.locality_id is not None:
            return self._due(group.locality_id, leads)
        if state == "in_call":
            return Reason(state, in_words(state), leads, None)
        if state == "done":
            ended = f": {in_words(reason)}" if reason else ""
            return Reason(f"done:{reason}", f"called and done{ended}", leads, None)
        if state == "suppressed" and not reason:
            return Reason(state, in_words(state), leads, None)
        words = in_words(reason) if reason else "waits for its hour"
        return Reason(reason or state, words, leads, group.next_at)

    def _due(self, locality_id: int, leads: int) -> Reason:
        """Leads whose hour has come: the campaign, or the law of their place, or only a turn."""
        campaign = self._campaign
        if campaign.state != "running":
            words = standing(campaign)
            return Reason("campaign_not_running", words, leads, campaign.resume_at)
        place = localities.get(self._session, locality_id)
        verdict = self._verdicts.of(self._law, campaign, place, self._now)
        if verdict.allowed:
            words = "may be called now; waits for a free line, money and the carrier's pace"
            return Reason(TURN, words, leads, self._now)
        told = Told({rule.rule_id: rule.authority for rule in verdict.binding})
        first = verdict.reasons[0]
        return Reason(first, in_words(first, told), leads, verdict.next_lawful_at)


def _groups(session: Session, campaign_id: int, now: datetime) -> Iterator[_Group]:
    """Leads by state and reason, due ones by locality instead; one scan of the campaign."""
    for row in session.execute(_GROUPS, {"campaign": campaign_id, "now": now}):
        yield _Group(*row)


def _joined(one: Reason, other: Reason) -> Reason:
    first = min((at for at in (one.next_at, other.next_at) if at), default=None)
    return Reason(one.code, one.words, one.leads + other.leads, first)


# Suppressed leads carry the words of whoever suppressed them: as many reasons as people.
_GROUPS = text("""
select case when due then 'due' else state end as state,
  case when due or (state = 'suppressed' and reason <> 'erased') then '' else reason end as reason,
  case when due then locality_id end as locality_id, count(*), min(next_attempt_at)
from (select state, reason, locality_id, next_attempt_at,
        state = 'ready' or (state = 'waiting' and coalesce(next_attempt_at <= :now, false)) as due
      from leads where campaign_id = :campaign) as l
group by 1, 2, 3
""")
