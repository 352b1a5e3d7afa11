"""Appointments as iCalendar invitations by mail (RFC 5545, RFC 5546 REQUEST, RFC 6047)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress
from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import appointments, outbox
from dialer.call import CallOutcome
from dialer.mail import MailServer
from dialer.models import Agent, Appointment, Attempt, Campaign, Lead, OutboxMessage, Phone

PRODID = "-//batch-dialer//appointments//EN"
REMIND_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Invitation:
    """One appointment in the words of a calendar."""

    uid: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    timezone: str
    summary: str
    description: str
    location: str
    organizer: str
    agent_name: str
    agent_email: str
    stamp: datetime


def outbox_key(appointment: Appointment) -> str:
    """What makes an invite unique: the appointment and its sequence."""
    return f"invite:{appointment.uid}:{appointment.sequence}"


def compose(session: Session, appointment_id: int, organizer: str, now: datetime) -> Invitation:
    """The invitation of a booked appointment, with the lead's answers in its description."""
    appointment = session.get_one(Appointment, appointment_id)
    agent = session.get_one(Agent, appointment.agent_id)
    lead = session.get_one(Lead, appointment.lead_id)
    phone = session.get_one(Phone, lead.phone_id)
    attempt = session.get_one(Attempt, appointment.attempt_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    name = f"{lead.first_name} {lead.last_name}".strip() or phone.e164
    if appointment.during.lower is None or appointment.during.upper is None:
        raise ValueError("an appointment has a start and an end")
    return Invitation(
        uid=appointment.uid,
        sequence=appointment.sequence,
        starts_at=appointment.during.lower,
        ends_at=appointment.during.upper,
        timezone=agent.timezone,
        summary=f"{campaign.script['brand']}: consultation with {name}",
        description=_described(name, phone.e164, attempt),
        location=", ".join(part for part in (lead.address, lead.city) if part) or phone.e164,
        organizer=organizer,
        agent_name=agent.name,
        agent_email=agent.email,
        stamp=now,
    )


def calendar(invitation: Invitation) -> bytes:
    """The invitation as an iCalendar object of method REQUEST, CRLF lines, UTF-8."""
    attendee = vCalAddress.new(
        invitation.agent_email,
        cn=invitation.agent_name,
        role="REQ-PARTICIPANT",
        partstat="NEEDS-ACTION",
        rsvp=True,
    )
    zone = ZoneInfo(invitation.timezone)
    event = Event.new(
        uid=f"{invitation.uid}@batch-dialer",
        summary=invitation.summary,
        description=invitation.description,
        location=invitation.location,
        start=invitation.starts_at.astimezone(zone),
        end=invitation.ends_at.astimezone(zone),
        stamp=invitation.stamp,
        organizer=vCalAddress.new(invitation.organizer),
        attendees=[attendee],
        sequence=invitation.sequence,
    )
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", invitation.summary)
    alarm.add("TRIGGER", -REMIND_BEFORE)
    event.add_component(alarm)
    whole = Calendar.new(prodid=PRODID, method="REQUEST", subcomponents=[event])
    whole.pop("UID", None)  # naive parsers would take it for the event's own
    day = invitation.starts_at.date()
    whole.add_missing_timezones(day - timedelta(days=366), day + timedelta(days=366))
    return bytes(whole.to_ical())


def message(invitation: Invitation) -> EmailMessage:
    """The mail that calendar programs show as an invitation: the calendar part stands last in
    the alternatives and names the method, and the file is attached once more."""
    ics = calendar(invitation)
    mail = EmailMessage()
    mail["From"], mail["To"] = invitation.organizer, invitation.agent_email
    mail["Subject"] = f"Invitation: {invitation.summary}"
    mail["Date"] = format_datetime(invitation.stamp)
    mail["Message-ID"] = f"<{invitation.uid}.{invitation.sequence}@batch-dialer>"
    when = invitation.starts_at.astimezone(ZoneInfo(invitation.timezone))
    mail.set_content(
        f"{invitation.summary}\n{when:%A, %B %d %Y at %I:%M %p} ({invitation.timezone})\n"
        f"{invitation.location}\n\n{invitation.description}\n"
    )
    mail.add_alternative(
        ics,
        maintype="text",
        subtype="calendar",
        params={"method": "REQUEST", "charset": "utf-8"},
        cte="base64",
    )
    mail.make_mixed()
    mail.add_attachment(ics, maintype="application", subtype="ics", filename="invite.ics")
    return mail


def due(session: Session, now: datetime, limit: int = 20) -> list[int]:
    """Invites in the outbox that wait to be sent."""
    return outbox.due(session, "invite", now, limit)


def waiting_for(session: Session, attempt_id: UUID) -> int | None:
    """The unsent outbox message of one call's appointment, if any."""
    appointment = appointments.booked(session, attempt_id)
    if appointment is None:
        return None
    return session.scalar(
        select(OutboxMessage.id).where(
            OutboxMessage.key == outbox_key(appointment), OutboxMessage.sent_at.is_(None)
        )
    )


def send(
    session: Session, message_id: int, server: MailServer, organizer: str, now: datetime
) -> bool:
    """Send one invite from the outbox, unless another worker has it; True when it went out now."""

    def composed(waiting: OutboxMessage) -> EmailMessage:
        return message(compose(session, waiting.payload["appointment_id"], organizer, now))

    sent = outbox.send(session, message_id, composed, server, now)
    if sent is None:
        return False
    session.get_one(Appointment, sent.payload["appointment_id"]).invited_at = now
    return True


def _described(name: str, number: str, attempt: Attempt) -> str:
    lines = [f"Lead: {name}", f"Phone: {number}"]
    if attempt.outcome:
        outcome = CallOutcome.model_validate(attempt.outcome)
        lines.append(f"Qualification score: {outcome.score:.2f}")
        lines.extend(
            f"{question.replace('_', ' ').capitalize()}: {answer}"
            for question, answer in outcome.answers.items()
        )
    return "\n".join(lines)
