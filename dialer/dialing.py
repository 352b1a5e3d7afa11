"""The dial's first half: due leads get a line and money, or a refusal, each with its decision.

`reserve` is one transaction over the line-up. What it reserved is placed by `placing`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dialer import attempts, breakers, calling_rules, campaign_clock, decisions, lineup, pace
from dialer.decisions import Ruling, Written
from dialer.gate import Case, Gate
from dialer.models import CallSlot
from dialer.reservations import Reservations, Short, Terms
from dialer.rules.turn_order import Candidate, Share, TurnOrder
from dialer.verdicts import Verdicts

JUDGED_AT_ONCE = 100
FOR_GOOD = {"suppressed": "suppressed", "erased": "suppressed", "attempts_used_up": "done"}
NO_PLACE = {"number_without_place", "zone_unknown", "too_many_zones", "country_unknown"}


@dataclass(frozen=True, slots=True)
class Refused:
    """The lead may not be called now; its decision row says why."""

    lead_id: int
    reasons: tuple[str, ...]


@dataclass(slots=True)
class Pass:
    """What one look at the line-up came to; false when nothing could be done."""

    reserved: list[UUID] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.reserved or self.refused)


def reserve(
    session: Session, terms: Terms, now: datetime, verdicts: Verdicts | None = None
) -> Pass:
    """Give free lines to the next due leads, and refuse those that may not be called.

    Nothing is done without a line, a turn at the carrier's pace, or a due lead.
    """
    turns = pace.turns(session, pace.RESERVING, terms.calls_per_second, now)
    lines = attempts.free_slots(session, terms.max_concurrent)
    if not lines or not turns.may(now):
        return Pass()
    return _Look(session, terms, now, verdicts or Verdicts(), turns, lines).run()


class _Look:
    """One look at the line-up, inside one transaction that holds the account's pace."""

    def __init__(
        self,
        session: Session,
        terms: Terms,
        now: datetime,
        verdicts: Verdicts,
        turns: pace.Turns,
        lines: list[CallSlot],
    ) -> None:
        self._session = session
        self._terms = terms
        self._now = now
        self._turns = turns
        self._lines = lines
        self._campaigns = {one.id: one for one in lineup.running(session)}
        self._law = calling_rules.law(session)
        self._verdicts = verdicts
        self._gate = Gate(session, self._law, now, verdicts)
        self._reservations = Reservations(session, terms, now)
        self._done = Pass()
        self._written: list[Written] = []

    def run(self) -> Pass:
        """Reserve until lines, turns or leads are used up, or enough was judged."""
        order = self._order()
        judged, batch = 0, self._turns.due(len(self._lines))
        while self._open and judged < JUDGED_AT_ONCE:
            drawn = _drawn(order, min(batch, JUDGED_AT_ONCE - judged))
            if not drawn:
                break
            dialed = self._judge(self._claimed(drawn), order)
            for one in drawn:
                if one.lead_id not in dialed:
                    order.unused(one.campaign_id)
            # Most leads may be called; after refusals it pays to judge more of them together.
            judged, batch = judged + len(drawn), batch * 4
        self._reservations.close()
        decisions.record_all(self._session, self._written, self._now)
        return self._done

    @property
    def _open(self) -> bool:
        return bool(self._lines) and self._turns.may(self._now)

    def _order(self) -> TurnOrder:
        """The line-up of the campaigns in which somebody may be called now."""
        queues = {}
        for campaign in self._campaigns.values():
            found = lineup.openings(self._session, self._law, campaign, self._verdicts, self._now)
            if found.opens_at:
                campaign_clock.dormant(self._session, campaign, "window", found.opens_at, self._now)
            if campaign.state == "running":
                queues[campaign.id] = lineup.candidates(
                    self._session, campaign, found, JUDGED_AT_ONCE
                )
        return TurnOrder(queues, self._shares(queues), self._terms.max_concurrent)

    def _shares(self, awake: Collection[int]) -> dict[int, Share]:
        active = lineup.active(self._session)
        probing = breakers.limit(self._session, awake)
        most = self._terms.max_concurrent
        return {
            key: Share(
                one.weight,
                min(one.max_concurrent or most, probing.get(key, most)),
                active.get(key, 0),
            )
            for key, one in self._campaigns.items()
            if key in awake
        }

    def _claimed(self, drawn: Sequence[Candidate]) -> list[Case]:
        return [
            Case(lead, self._campaigns[lead.campaign_id], phone)
            for lead, phone in lineup.claim(self._session, drawn)
        ]

    def _judge(self, cases: Sequence[Case], order: TurnOrder) -> set[int]:
        """Reserve or refuse; returns the leads that got a line."""
        self._reservations.expect(cases)
        taken: set[int] = set()
        dialed: set[int] = set()
        for case, ruling in zip(cases, self._gate.rule(cases), strict=True):
            if case.campaign.state != "running" or case.phone.id in taken:
                continue
            if not ruling.allowed:
                self._refuse(case, ruling)
            elif self._open and self._reserve(case, ruling, order):
                taken.add(case.phone.id)
                dialed.add(case.lead.id)
        return dialed

    def _reserve(self, case: Case, ruling: Ruling, order: TurnOrder) -> bool:
        """Reserve for an allowed lead; False when money or a caller id is missing."""
        made = self._reservations.make(case, ruling, self._lines[0])
        if isinstance(made, Short):
            order.drop(case.campaign.id)
            if made.until:
                campaign_clock.dormant(
                    self._session, case.campaign, "budget", made.until, self._now
                )
            made = made.ruling
        if isinstance(made, Ruling):
            self._refuse(case, made)
            return False
        self._lines.pop(0)
        self._turns.take(self._now)
        told = {
            "caller_id": made.caller_id,
            "reserved_micros": made.reserved_micros,
            "time_limit_seconds": made.time_limit_seconds,
        }
        self._written.append(Written(case.lead, "reserve", ruling.with_facts(told), made.id))
        self._done.reserved.append(made.id)
        return True

    def _refuse(self, case: Case, ruling: Ruling) -> None:
        """The lead waits for its next lawful moment, is held until something changes, or is out."""
        lead = case.lead
        held = "invalid" if set(ruling.reasons) & NO_PLACE else "waiting"
        lead.state = next((FOR_GOOD[one] for one in ruling.reasons if one in FOR_GOOD), held)
        lead.reason = ruling.reasons[0]
        lead.next_attempt_at = ruling.next_lawful_at if lead.state == "waiting" else None
        self._written.append(Written(lead, "reserve", ruling))
        self._done.refused.append(Refused(lead.id, ruling.reasons))


def _drawn(order: TurnOrder, most: int) -> list[Candidate]:
    drawn: list[Candidate] = []
    while len(drawn) < most and (candidate := order.take()):
        drawn.append(candidate)
    return drawn
