"""The gate before every dial: suppression, consent, law, caps and attempts, with its reasons.

It judges a handful of leads together, so that each kind of fact is one query, and it is asked
twice: at the reservation and again at the moment of placing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dialer import attempts, consents, dnc_lists, erasures, localities, suppressions
from dialer.decisions import Ruling
from dialer.ledger import Purse
from dialer.models import Campaign, Consent, Lead, Phone
from dialer.rules.calling_window import Verdict
from dialer.rules.caps import capped_by
from dialer.rules.law import REGISTRY_DAYS, Law, Rule, consent_needed, recording_policy, scrub_days
from dialer.rules.locality import Locality, Located, locate
from dialer.verdicts import Verdicts

NOT_RUNNING = timedelta(minutes=1)
LONGEST_CAP = timedelta(days=31)
STALE = timedelta(hours=1)
AUTOMATED = "automated"


@dataclass(frozen=True, slots=True)
class Case:
    """One lead to be judged. `reserved` when its own attempt counts among those made."""

    lead: Lead
    campaign: Campaign
    phone: Phone
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason against the dial and when it ends; None: not by time alone."""

    reason: str
    until: datetime | None = None


class Gate:
    """Rules on leads at one moment, inside the caller's transaction."""

    def __init__(
        self, session: Session, law: Law, now: datetime, verdicts: Verdicts | None = None
    ) -> None:
        self._session = session
        self._law = law
        self._now = now
        self._verdicts = verdicts or Verdicts()

    def rule_one(self, lead: Lead, campaign: Campaign, phone: Phone) -> Ruling:
        """May this lead be dialed now?"""
        return self.rule([Case(lead, campaign, phone)])[0]

    def rule(self, cases: Sequence[Case]) -> list[Ruling]:
        """May these leads be dialed now? One ruling each, in order."""
        facts = _Facts.gather(self._session, cases, self._now)
        return [self._ruling(case, facts) for case in cases]

    def _ruling(self, case: Case, facts: "_Facts") -> Ruling:
        place = localities.get(self._session, case.lead.locality_id)
        verdict = self._verdicts.of(self._law, case.campaign, place, self._now)
        objections = [
            *_campaign(case, self._now),
            *facts.person(case, verdict),
            *facts.tries(case, verdict, self._now),
            *facts.scrub(case.campaign, verdict, self._now),
        ]
        located = _located(case)
        return Ruling(
            allowed=verdict.allowed and not objections,
            reasons=(*(one.reason for one in objections), *verdict.reasons),
            rules=tuple(_named(rule) for rule in verdict.binding),
            zones=place.zones,
            next_lawful_at=self._next(case, place, verdict, objections),
            facts=facts.told(case, place, located, verdict),
        )

    def _next(
        self, case: Case, place: Locality, verdict: Verdict, objections: Sequence[Objection]
    ) -> datetime | None:
        """When nothing that is known now speaks against the dial any more."""
        if any(one.until is None for one in objections):
            return None
        ends = max((one.until for one in objections if one.until), default=None)
        if ends is None:
            return verdict.next_lawful_at
        then = self._verdicts.of(self._law, case.campaign, place, ends)
        return ends if then.allowed else then.next_lawful_at


def refused(ruling: Ruling, reason: str, until: datetime | None) -> Ruling:
    """An otherwise allowed ruling with one more reason against it."""
    return replace(ruling, allowed=False, reasons=(*ruling.reasons, reason), next_lawful_at=until)


def out_of_money(ruling: Ruling, short: Purse) -> Ruling:
    """The same ruling, refused because a purse is short until its next day begins."""
    return refused(ruling, f"budget:{short.scope}", short.next_day_at)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database knows of the phones in question, one query for each kind."""

    suppressed: dict[int, dict[int, str]]
    consents: dict[int, Consent]
    dialed: dict[int, list[datetime]]
    scrub_age_days: int | None

    @classmethod
    def gather(cls, session: Session, cases: Sequence[Case], now: datetime) -> "_Facts":
        phones = {case.phone.id for case in cases}
        numbers: dict[int, dict[int, str]] = {}
        for case in cases:
            numbers.setdefault(case.campaign.id, {})[case.phone.id] = case.phone.e164
        return cls(
            {
                campaign_id: suppressions.against(session, of_campaign, campaign_id, now)
                for campaign_id, of_campaign in numbers.items()
            },
            consents.in_force(session, phones),
            attempts.dialed(session, phones, now - LONGEST_CAP),
            dnc_lists.scrub(session, now).age_days,
        )

    def person(self, case: Case, verdict: Verdict) -> list[Objection]:
        """What the person said: never, not yet, or forget me."""
        if case.phone.e164.startswith(erasures.MARK):
            return [Objection("erased")]
        found = []
        if case.phone.id in self.suppressed.get(case.campaign.id, {}):
            found.append(Objection("suppressed"))
        needed = consent_needed(verdict.binding)
        if case.campaign.call_class == AUTOMATED:
            needed = needed or "written"
        consent = self.consents.get(case.phone.id)
        if needed and consent is None:
            found.append(Objection("consent_missing"))
        elif consent and needed == "written" != consent.form:
            found.append(Objection("consent_not_written"))
        return found

    def tries(self, case: Case, verdict: Verdict, now: datetime) -> list[Objection]:
        """The lead's own attempts, and the caps on the phone over all campaigns."""
        made = case.lead.attempts_made - (1 if case.reserved else 0)
        if made >= case.campaign.max_attempts:
            return [Objection("attempts_used_up")]
        dialed = self.dialed.get(case.phone.id, [])
        capped = capped_by(dialed, verdict.binding, now)
        return [Objection(f"cap:{capped.rule_id}", capped.until)] if capped else []

    def scrub(self, campaign: Campaign, verdict: Verdict, now: datetime) -> list[Objection]:
        """A do-not-call list that is too old, where one is required."""
        days = scrub_days(verdict.binding)
        if campaign.dnc_scrub == "required":
            days = min(days or REGISTRY_DAYS, REGISTRY_DAYS)
        if days is None or (self.scrub_age_days is not None and self.scrub_age_days <= days):
            return []
        return [Objection("dnc_scrub_stale", now + STALE)]

    def told(
        self, case: Case, place: Locality, located: Located, verdict: Verdict
    ) -> dict[str, Any]:
        """The evidence of what was looked at, as it goes into the decision row."""
        consent = self.consents.get(case.phone.id)
        return {
            "country": place.country,
            "states": list(place.states),
            "sources": {name: list(told) for name, told in located.sources.items()},
            "call_class": case.campaign.call_class,
            "consent": _consent(consent) if consent else None,
            "caps": [
                {"rule": rule.rule_id, "count": cap.count, "hours": cap.hours}
                for rule in verdict.binding
                for cap in rule.caps
            ],
            "dialed": [at.isoformat() for at in self.dialed.get(case.phone.id, [])],
            "suppression": self.suppressed.get(case.campaign.id, {}).get(case.phone.id),
            "scrub_age_days": self.scrub_age_days,
            "recording": recording_policy(verdict.binding) or "announce",
            "epoch": case.campaign.epoch,
            "closes_at": verdict.closes_at.isoformat() if verdict.closes_at else None,
            "script_sha256": script_sha256(case.campaign.script),
        }


def script_sha256(script: dict[str, Any]) -> str:
    """The fingerprint of what the voice was told to say (canonical JSON)."""
    text = json.dumps(script, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _campaign(case: Case, now: datetime) -> list[Objection]:
    """A pause stops the next dial; one for want of money lets those go whose money is reserved."""
    campaign = case.campaign
    paid = case.reserved and (campaign.state, campaign.state_reason) == ("paused", "budget")
    if campaign.state == "running" or paid:
        return []
    return [Objection("campaign_not_running", campaign.resume_at or now + NOT_RUNNING)]


def _located(case: Case) -> Located:
    """Where the locality comes from; nobody can say of a number that was erased."""
    lead = case.lead
    if case.phone.e164.startswith(erasures.MARK):
        return Located(Locality(case.phone.country, (), (), "erased"), {})
    return locate(
        case.phone.e164,
        region=lead.region,
        postal_code=lead.postal_code,
        timezone=lead.timezone,
    )


def _consent(one: Consent) -> dict[str, Any]:
    return {
        "id": one.id,
        "form": one.form,
        "channel": one.channel,
        "purpose": one.purpose,
        "captured_at": one.captured_at.isoformat(),
        "wording_sha256": hashlib.sha256(one.wording.encode()).hexdigest(),
    }


def _named(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.rule_id,
        "version": rule.version,
        "authority": rule.authority,
        "confidence": rule.confidence,
    }
