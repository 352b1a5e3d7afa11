"""What the law says of one number at one moment: where it may ring, what binds, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dialer import calling_rules
from dialer.phone import E164
from dialer.rules.calling_window import decide
from dialer.rules.law import Rule, consent_needed, recording_policy, scrub_days
from dialer.rules.locality import locate
from dialer.verdicts import SETTLING


@dataclass(frozen=True, slots=True)
class Binding:
    """A rule that binds on the local day of the question."""

    rule_id: str
    version: int
    jurisdiction: str
    authority: str
    confidence: str
    caps: list[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """Where the number may ring and whether it is lawful to ring it, with the rules."""

    number: str
    at: datetime
    call_class: str
    country: str
    zones: list[str]
    states: list[str]
    sources: dict[str, list[str]]
    lawful: bool
    reasons: list[str]
    next_lawful_at: datetime | None
    closes_at: datetime | None
    consent: str
    recording: str
    scrub_days: int | None
    rules: list[Binding]


def ask(
    session: Session,
    number: E164,
    at: datetime,
    ring_seconds: int,
    call_class: str = "automated",
    *,
    region: str = "",
    postal_code: str = "",
) -> Answer:
    """May the number be rung at `at`, for `ring_seconds`, by the law alone?

    Consent, suppression and attempts are other questions: `dialer explain` asks all of them.
    """
    law = calling_rules.law(session)
    located = locate(number, region=region, postal_code=postal_code)
    place = located.locality
    rules = law.applicable(place.country, place.states, call_class)
    margin = timedelta(seconds=ring_seconds) + SETTLING
    verdict = decide(at, place, rules, law.closed, margin)
    return Answer(
        number=number,
        at=at,
        call_class=call_class,
        country=place.country,
        zones=list(place.zones),
        states=list(place.states),
        sources={name: list(told) for name, told in located.sources.items()},
        lawful=verdict.allowed,
        reasons=list(verdict.reasons),
        next_lawful_at=verdict.next_lawful_at,
        closes_at=verdict.closes_at,
        consent=consent_needed(verdict.binding),
        recording=recording_policy(verdict.binding),
        scrub_days=scrub_days(verdict.binding),
        rules=[_binding(rule) for rule in verdict.binding],
    )


def _binding(rule: Rule) -> Binding:
    return Binding(
        rule_id=rule.rule_id,
        version=rule.version,
        jurisdiction=rule.jurisdiction,
        authority=rule.authority,
        confidence=rule.confidence,
        caps=[str(cap) for cap in rule.caps],
    )
