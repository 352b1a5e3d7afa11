"""What the evidence of a call consists of: its entries, read from the rows, personal values apart.

The call's record is that of 16 CFR 310.5(a): calling and called number, times, duration,
disposition, the script, and the consent in full.
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from dialer.gate import script_sha256
from dialer.hash_chain import COMMITMENT, Json, commitment
from dialer.models import (
    Attempt,
    Base,
    CallingRule,
    Campaign,
    CarrierEvent,
    Consent,
    Decision,
    Lead,
    LedgerEntry,
    Phone,
    Suppression,
)

Entry = tuple[str, Any]
"""Its kind and its content."""

PERSONAL = {
    Lead: ("first_name", "last_name", "email", "address", "external_id"),
    Consent: ("source", "evidence", "revocation"),
    Suppression: ("e164", "evidence"),
}
CALL = (
    *("caller_id", "call_class", "ordinal", "state", "cause", "disposition", "carrier_sid"),
    *("reserved_at", "placing_at", "placed_at", "answered_at", "ended_at", "duration_seconds"),
    *("answered_by", "amd", "time_limit_seconds", "reserved_micros", "cost_micros"),
)
LEAD = ("id", "first_name", "last_name", "email", "address", "external_id")
EVENT = ("id", "kind", "status", "sequence", "carrier_sid", "received_at")
LINE = ("id", "scope", "day", "kind", "amount_micros", "at")
DECISION = ("stage", "allowed", "reasons", "zones", "decided_at", "next_lawful_at")
SUPPRESSION = (
    *("id", "e164", "campaign_id", "reason", "source", "evidence"),
    *("created_at", "expires_at"),
)


class Disclosed:
    """The personal values behind the hashes of one bundle, each with its own salt."""

    def __init__(self) -> None:
        self.values: dict[str, Json] = {}

    def hide(self, value: Any) -> Any:
        """The hash that stands for a value; nothing stands for itself."""
        if not value:
            return value
        salt = secrets.token_hex(16)
        sealed = commitment(salt, value)
        self.values[sealed] = {"salt": salt, "value": value}
        return {COMMITMENT: sealed}

    def row(self, one: Base, names: Iterable[str]) -> Json:
        """Columns of a row, the personal ones hidden."""
        personal = PERSONAL.get(type(one), ())
        told = {name: plain(getattr(one, name)) for name in names}
        return {name: self.hide(told[name]) if name in personal else told[name] for name in told}


def gather(session: Session, attempt: Attempt, now: datetime, kept: Disclosed) -> list[Entry]:
    """All entries of a recorded attempt, in the order of a call's life."""
    campaign = session.get_one(Campaign, attempt.campaign_id)
    made = session.scalars(
        select(Decision).where(Decision.attempt_id == attempt.id).order_by(Decision.id)
    ).all()
    return [
        ("bundle", _bundle(attempt, campaign, now)),
        ("call", _call(session, attempt, kept)),
        ("lead", kept.row(session.get_one(Lead, attempt.lead_id), LEAD)),
        ("consent", _consent(session, attempt, kept)),
        *(("decision", _decision(one, kept)) for one in made),
        *(("rule", one) for one in _rules(session, made, campaign)),
        ("script", {"sha256": script_sha256(campaign.script), "script": campaign.script}),
        ("carrier_events", [kept.row(one, EVENT) for one in events(session, attempt)]),
        ("ledger", [kept.row(one, LINE) for one in ledger_lines(session, attempt)]),
        ("conversation", _conversation(attempt, kept)),
        ("opt_out", _opt_out(session, attempt, kept)),
    ]


def events(session: Session, attempt: Attempt) -> list[CarrierEvent]:
    """What the carrier told of the call, in the order in which it came."""
    query = select(CarrierEvent).where(CarrierEvent.attempt_id == attempt.id)
    return list(session.scalars(query.order_by(CarrierEvent.id)))


def ledger_lines(session: Session, attempt: Attempt) -> list[LedgerEntry]:
    """What was reserved, settled, released and trued up for the call."""
    query = select(LedgerEntry).where(LedgerEntry.attempt_id == attempt.id)
    return list(session.scalars(query.order_by(LedgerEntry.id)))


def plain(value: Any) -> Any:
    """A column's value as JSON; instants in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _bundle(attempt: Attempt, campaign: Campaign, now: datetime) -> Json:
    return {
        "attempt_id": str(attempt.id),
        "sealed_at": plain(now),
        "campaign_id": campaign.id,
        "campaign": campaign.name,
        "epoch_decided_under": attempt.epoch,
        "epoch_when_sealed": campaign.epoch,
    }


def _call(session: Session, attempt: Attempt, kept: Disclosed) -> Json:
    called = session.get_one(Phone, attempt.phone_id).e164
    return {"called_number": kept.hide(called), **kept.row(attempt, CALL)}


def _consent(session: Session, attempt: Attempt, kept: Disclosed) -> Json | None:
    """The record in full; None when the call needed none and none was on record."""
    if attempt.consent_id is None:
        return None
    consent = session.get_one(Consent, attempt.consent_id)
    return kept.row(consent, _columns(Consent))


def _decision(one: Decision, kept: Disclosed) -> Json:
    """A decision; where its zones and states come from may be an address."""
    facts = {**one.facts, "sources": kept.hide(one.facts.get("sources"))}
    rules = [{"id": rule["id"], "version": rule["version"]} for rule in one.rules]
    return {**kept.row(one, DECISION), "rules": rules, "facts": facts}


def _rules(session: Session, made: Iterable[Decision], campaign: Campaign) -> Iterator[Json]:
    """Every rule version that was used, in full."""
    used = {(rule["id"], rule["version"]): rule for one in made for rule in one.rules}
    rows = session.scalars(
        select(CallingRule)
        .where(tuple_(CallingRule.id, CallingRule.version).in_(list(used)))
        .order_by(CallingRule.id, CallingRule.version)
    )
    for row in rows:
        used.pop((row.id, row.version))
        yield {name: plain(getattr(row, name)) for name in _columns(CallingRule)}
    for rule in used.values():
        yield {**rule, "window_when_sealed": _window(campaign)}


def _window(campaign: Campaign) -> Json:
    """The campaign's own window, which is no row of the law, as it stands now."""
    return {
        "epoch": campaign.epoch,
        "hours": f"{campaign.window_start:%H:%M}-{campaign.window_end:%H:%M}",
        "days": campaign.window_days,
        "clock": "local time of the called party; Monday is 0",
    }


def _conversation(attempt: Attempt, kept: Disclosed) -> Json | None:
    """What was said and heard; None when nobody answered."""
    outcome = attempt.outcome
    if outcome is None:
        return None
    recording = outcome.get("recording") or {}
    return {
        "transcript": kept.hide(outcome.get("transcript")),
        "answers": kept.hide(outcome.get("answers")),
        "email": kept.hide(outcome.get("email")),
        "recording_sha256": recording.get("sha256", ""),
        "recording_ms": recording.get("duration_ms", 0),
        "answered_by": outcome.get("answered_by"),
        "ended_by": outcome.get("ended_by"),
        "callback_at": outcome.get("callback_at"),
        "error": outcome.get("error"),
    }


def _opt_out(session: Session, attempt: Attempt, kept: Disclosed) -> Json | None:
    """What the person said against further calls, and what was done; None when nothing."""
    words = (attempt.outcome or {}).get("opt_out_words")
    entries = session.scalars(
        select(Suppression).where(Suppression.attempt_id == attempt.id).order_by(Suppression.id)
    ).all()
    revoked = session.scalars(
        select(Consent)
        .where(Consent.phone_id == attempt.phone_id, Consent.revoked_at >= attempt.reserved_at)
        .order_by(Consent.id)
    ).all()
    if not (words or entries):
        return None
    return {
        "words": kept.hide(words),
        "suppressions": [kept.row(one, SUPPRESSION) for one in entries],
        "revocations": [kept.row(one, ("id", "revoked_at", "revocation")) for one in revoked],
    }


def _columns(table: type[Base]) -> list[str]:
    return [column.key for column in table.__table__.columns]
