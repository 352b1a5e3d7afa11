"""The lists of a campaign's report: appointments, opt-outs, waiting leads, refused rows, calls."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dialer import calling_rules, localities
from dialer.models import (
    Agent,
    Appointment,
    Attempt,
    Campaign,
    Import,
    Lead,
    Locality,
    RowFault,
    Suppression,
)
from dialer.reason_words import Told, in_words
from dialer.report import BookedAppointment, CallLine, OptOut, RefusedRow, WaitingLead
from dialer.rules.budget import usd
from dialer.rules.call_state import CallState
from dialer.verdicts import Verdicts

NEVER_RANG = (CallState.EXPIRED, CallState.REFUSED)


def local(at: datetime | None, zone: str) -> str:
    """An instant as people of that zone say it: `Tue 24 Nov, 10:00 AM CST`; empty for None."""
    if at is None:
        return ""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b}, {there:%I:%M %p %Z}".replace(", 0", ", ")


def zone_of(lead: Lead, locality: Locality) -> str:
    """The zone that a lead's times are told in: its own, else the first of its locality's."""
    return lead.timezone or next(iter(locality.zones), "UTC")


def name_of(lead: Lead) -> str:
    """What a list calls a lead: its first name, else its number in the database."""
    return lead.first_name or f"lead {lead.id}"


def appointments(
    session: Session, campaign_id: int | None, limit: int
) -> tuple[BookedAppointment, ...]:
    """Booked appointments of one campaign or of all, the next ones first."""
    query = (
        select(Appointment, Agent, Lead, Locality)
        .join(Agent, Agent.id == Appointment.agent_id)
        .join(Lead, Lead.id == Appointment.lead_id)
        .join(Locality, Locality.id == Lead.locality_id)
        .where(Appointment.state == "booked")
        .order_by(func.lower(Appointment.during), Appointment.id)
        .limit(limit)
    )
    if campaign_id is not None:
        query = query.where(Lead.campaign_id == campaign_id)
    return tuple(
        BookedAppointment(
            lead=name_of(lead),
            agent=agent.name,
            starts_at=one.during.lower,
            local_time=local(one.during.lower, zone_of(lead, locality)),
            agent_time=local(one.during.lower, agent.timezone),
            invited=one.invited_at is not None,
        )
        for one, agent, lead, locality in session.execute(query)
        if one.during.lower is not None
    )


def invites_sent(session: Session, campaign_id: int) -> int:
    """The campaign's appointments whose invite a mail server has taken."""
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Lead, Lead.id == Appointment.lead_id)
        .where(Lead.campaign_id == campaign_id)
        .where(Appointment.state == "booked", Appointment.invited_at.is_not(None))
    )
    return session.scalar(query) or 0


def opt_outs(session: Session, campaign_id: int, limit: int) -> tuple[OptOut, ...]:
    """Suppressions spoken in the campaign's calls, newest first."""
    query = (
        select(Suppression, Lead)
        .join(Attempt, Attempt.id == Suppression.attempt_id)
        .join(Lead, Lead.id == Attempt.lead_id)
        .where(Attempt.campaign_id == campaign_id)
        .order_by(Suppression.id.desc())
        .limit(limit)
    )
    return tuple(
        OptOut(
            attempt_id=str(one.attempt_id),
            lead=name_of(lead),
            words=one.evidence,
            at=one.created_at,
        )
        for one, lead in session.execute(query)
    )


def waiting(
    session: Session, campaign: Campaign, limit: int, now: datetime
) -> tuple[WaitingLead, ...]:
    """Leads that wait for another attempt or for the hours of their place, the next ones first."""
    query = (
        select(Lead, Locality)
        .join(Locality, Locality.id == Lead.locality_id)
        .where(Lead.campaign_id == campaign.id)
        .order_by(Lead.next_attempt_at, Lead.id)
        .limit(limit)
    )
    found = [
        _waiting(lead, locality, in_words(lead.reason), lead.next_attempt_at)
        for lead, locality in session.execute(query.where(Lead.state == "waiting"))
    ]
    law, verdicts = calling_rules.law(session), Verdicts()
    for lead, locality in session.execute(query.where(Lead.state == "ready")):
        place = localities.get(session, lead.locality_id)
        verdict = verdicts.of(law, campaign, place, now)
        if not verdict.allowed:
            told = Told({rule.rule_id: rule.authority for rule in verdict.binding})
            why = in_words(verdict.reasons[0], told)
            found.append(_waiting(lead, locality, why, verdict.next_lawful_at))
    found.sort(key=lambda one: (one.next_attempt_at is None, one.next_attempt_at, one.lead_id))
    return tuple(found[:limit])


def _waiting(lead: Lead, locality: Locality, why: str, at: datetime | None) -> WaitingLead:
    return WaitingLead(
        lead_id=lead.id,
        lead=name_of(lead),
        reason=why,
        attempts_made=lead.attempts_made,
        next_attempt_at=at,
        local_time=local(at, zone_of(lead, locality)) if at else "",
    )


def refused_rows(session: Session, campaign_id: int, limit: int) -> tuple[RefusedRow, ...]:
    """Rows of the campaign's files that became no lead."""
    query = (
        select(RowFault, Import.filename)
        .join(Import, Import.id == RowFault.import_id)
        .where(Import.campaign_id == campaign_id)
        .order_by(RowFault.import_id, RowFault.line)
        .limit(limit)
    )
    return tuple(
        RefusedRow(file=name, line=one.line, column=one.column, reason=one.reason)
        for one, name in session.execute(query)
    )


def calls(session: Session, campaign_id: int, limit: int) -> tuple[CallLine, ...]:
    """Dialed attempts, newest first."""
    query = (
        select(Attempt, Lead)
        .join(Lead, Lead.id == Attempt.lead_id)
        .where(Attempt.campaign_id == campaign_id)
        .where(Attempt.placing_at.is_not(None), Attempt.state.not_in(NEVER_RANG))
        .order_by(Attempt.placing_at.desc(), Attempt.id)
        .limit(limit)
    )
    return tuple(
        CallLine(
            attempt_id=str(one.id),
            lead=name_of(lead),
            ordinal=one.ordinal,
            state=one.state,
            disposition=one.disposition or "",
            dialed_at=one.placing_at,
            seconds=one.duration_seconds,
            cost_usd=None if one.cost_micros is None else usd(one.cost_micros),
        )
        for one, lead in session.execute(query)
        if one.placing_at is not None
    )
