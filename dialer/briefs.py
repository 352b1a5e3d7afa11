"""What a media worker is told before the phone rings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import appointments, localities
from dialer.call import AttemptId, CallBrief, LeadBrief
from dialer.models import Attempt, CallSlot, Campaign, Lead

OFFERS = 6
GOODBYE_SECONDS = 15


def make(
    session: Session, attempt_id: UUID, threshold: float, lines: int, now: datetime
) -> CallBrief:
    """The brief of a reserved or running attempt, with free slots to offer.

    `lines` is how many calls may run at once: each is offered its own share of the calendar.
    The agent is told to end before the carrier's time limit cuts the call.
    """
    attempt = session.get_one(Attempt, attempt_id)
    lead = session.get_one(Lead, attempt.lead_id)
    campaign = session.get_one(Campaign, attempt.campaign_id)
    zone = lead.timezone or next(iter(localities.get(session, lead.locality_id).zones), "UTC")
    script = campaign.script
    line = session.scalar(select(CallSlot.slot).where(CallSlot.attempt_id == attempt_id))
    return CallBrief(
        attempt_id=AttemptId(str(attempt.id)),
        campaign=campaign.name,
        assistant_name=script["assistant_name"],
        brand=script["brand"],
        purpose=script["purpose"],
        voicemail_text=script["voicemail_text"],
        now=now,
        lead=LeadBrief(
            first_name=lead.first_name,
            last_name=lead.last_name,
            address=lead.address,
            city=lead.city,
            intent=lead.intent,
            timezone=zone,
        ),
        slots=tuple(
            appointments.free_slots(session, zone, now, OFFERS, (line or 1) % lines, lines)
        ),
        max_seconds=max(attempt.time_limit_seconds - GOODBYE_SECONDS, 15),
        qualification_threshold=threshold,
    )
