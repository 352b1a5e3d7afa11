"""A hand-made past and present of one campaign, whose every figure is known."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from dialer import decisions, invites, ledger, suppressions
from dialer.call import (
    AnsweredBy,
    AttemptId,
    AudioHealth,
    CallOutcome,
    Disposition,
    EndedBy,
    Speaker,
    TranscriptTurn,
    TurnLatency,
)
from dialer.db import transaction
from dialer.decisions import Ruling
from dialer.models import (
    Agent,
    Appointment,
    Attempt,
    CallSlot,
    CarrierEvent,
    Lead,
    OutboxMessage,
    Phone,
)
from dialer.phone import E164
from dialer.till import Till
from integration.house import NOON, NUMBERS, House, add_leads

RESERVED = 92_000
COST = 36_800
RULES = ({"id": "us-fed-hours", "version": 1, "authority": "47 CFR 64.1200(c)(1)"},)
ZONES = ("America/New_York",)


def at(seconds: int):
    """A moment of the history, `seconds` after its noon."""
    return NOON + timedelta(seconds=seconds)


def live_through(house: House) -> dict[str, UUID]:
    """Five attempts: booked, busy, opted out, talking now, never rang; and one refused row."""
    add_leads(house, house.campaign_id, "phone,first name\nnot a number,Nobody\n")
    with transaction(house.sessions) as session:
        leads = list(session.scalars(select(Lead).order_by(Lead.line)))
        ids = {
            "booked": _attempt(session, leads[0], 0, 60, "completed", answered=5, cost=COST),
            "busy": _attempt(session, leads[1], 30, 50, "busy", cost=0),
            "opted_out": _attempt(session, leads[2], 60, 90, "completed", answered=65, cost=18_400),
            "talking": _attempt(session, leads[3], 70, None, "answered", answered=75),
            "never_rang": _attempt(session, leads[4], None, 100, "expired", cost=0),
        }
        _book(session, leads[0], ids["booked"])
        _opt_out(session, leads[2], ids["opted_out"])
        session.get_one(Attempt, ids["busy"]).disposition = Disposition.BUSY
        leads[1].state, leads[1].reason = "waiting", "retry after busy"
        leads[1].next_attempt_at, leads[1].attempts_made = at(950), 1
        leads[3].state = "in_call"
        slot = session.get_one(CallSlot, 1)
        slot.attempt_id, slot.taken_at = ids["talking"], at(70)
    return ids


def dial_twice(house: House, attempt_id: UUID) -> None:
    """What must never happen: the carrier tells of two calls for one attempt."""
    with transaction(house.sessions) as session:
        for sid in ("CA1", "CA2"):
            session.add(
                CarrierEvent(
                    attempt_id=attempt_id,
                    carrier_sid=sid,
                    kind="status",
                    status="ringing",
                    sequence=0,
                    payload={},
                    received_at=NOON,
                )
            )


def overlap(house: House) -> None:
    """What must never happen: the booked lead's phone rings again during its call."""
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead).order_by(Lead.id)).first()
        assert lead
        _attempt(session, lead, 20, 40, "no_answer", cost=0, ordinal=2)


def _attempt(
    session: Session,
    lead: Lead,
    placing: int | None,
    ended: int | None,
    state: str,
    *,
    answered: int | None = None,
    cost: int | None = None,
    ordinal: int = 1,
) -> UUID:
    attempt = Attempt(
        id=uuid4(),
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        phone_id=lead.phone_id,
        ordinal=ordinal,
        epoch=2,
        state=state,
        token="secret",
        caller_id="+12125550100",
        time_limit_seconds=295,
        reserved_micros=RESERVED,
        cost_micros=cost,
        reserved_at=at((placing or 95) - 2),
        lease_until=at(300),
        placing_at=None if placing is None else at(placing),
        placed_at=None if placing is None else at(placing + 1),
        answered_at=None if answered is None else at(answered),
        ended_at=None if ended is None else at(ended),
        duration_seconds=ended - answered if ended and answered else None,
        recorded_at=None if ended is None else at(ended + 1),
    )
    session.add(attempt)
    session.flush()
    scopes = [
        ("global", 50_000_000),
        (f"campaign:{lead.campaign_id}", 25_000_000),
    ]
    purses = [ledger.purse(scope, limit, "America/New_York", NOON) for scope, limit in scopes]
    till = Till(session, NOON)
    assert till.reserve(attempt.id, purses, RESERVED) is None
    till.close()
    if cost is not None:
        ledger.settle(session, attempt.id, cost, NOON)
    decisions.record(
        session, lead, "reserve", Ruling(True, (), RULES, ZONES), attempt.reserved_at, attempt.id
    )
    return attempt.id


LINE = AudioHealth(
    frames=1000,
    lost_frames=20,
    late_frames=0,
    duplicate_frames=0,
    malformed_frames=0,
    resets=0,
    longest_gap_ms=60,
    jitter_ms=12.0,
    speech_dbfs=-22.4,
    noise_dbfs=-61.0,
    clipped_share=0.0,
    far_ms=9000,
    double_talk_ms=400,
    erle_db=31.6,
    echo_delay_ms=210,
    engines={"echo": "nlms"},
    warnings=("echo: speex failed (libspeexdsp is nowhere); nlms takes over",),
)
"""How the line of a call was."""


def _talk(attempt_id: UUID, disposition: Disposition, words: str, delays: list[int]) -> CallOutcome:
    return CallOutcome(
        attempt_id=AttemptId(str(attempt_id)),
        disposition=disposition,
        answered_by=AnsweredBy.HUMAN,
        ended_by=EndedBy.AGENT,
        answers={"timeline": "two months"},
        score=0.9,
        transcript=(
            TranscriptTurn(speaker=Speaker.AGENT, text="Hello!", started_ms=0, ended_ms=700),
            TranscriptTurn(speaker=Speaker.CALLEE, text=words, started_ms=1500, ended_ms=2400),
        ),
        latency=tuple(
            TurnLatency(
                endpoint_ms=480,
                recognized_ms=500,
                decided_ms=510,
                first_audio_ms=560,
                voice_to_voice_ms=delay,
            )
            for delay in delays
        ),
        audio=LINE,
    )


def _book(session: Session, lead: Lead, attempt_id: UUID) -> None:
    attempt = session.get_one(Attempt, attempt_id)
    attempt.disposition = Disposition.APPOINTMENT_BOOKED
    outcome = _talk(attempt_id, Disposition.APPOINTMENT_BOOKED, "yes please", [600, 700, 900])
    attempt.outcome = outcome.model_dump(mode="json")
    lead.state, lead.disposition = "done", Disposition.APPOINTMENT_BOOKED
    agent = session.scalars(select(Agent)).one()
    starts = NOON + timedelta(days=1, hours=2)
    appointment = Appointment(
        uid=uuid4(),
        agent_id=agent.id,
        lead_id=lead.id,
        attempt_id=attempt_id,
        during=Range(starts, starts + timedelta(minutes=30), bounds="[)"),
        state="booked",
        invited_at=at(70),
        created_at=at(60),
    )
    session.add(appointment)
    session.flush()
    session.add(
        OutboxMessage(
            key=invites.outbox_key(appointment),
            kind="invite",
            payload={"appointment_id": appointment.id},
            due_at=at(61),
            sent_at=at(70),
        )
    )


def _opt_out(session: Session, lead: Lead, attempt_id: UUID) -> None:
    attempt = session.get_one(Attempt, attempt_id)
    attempt.disposition = Disposition.DO_NOT_CALL
    outcome = _talk(attempt_id, Disposition.DO_NOT_CALL, "stop calling me", [800])
    attempt.outcome = outcome.model_dump(mode="json")
    number = E164(session.get_one(Phone, lead.phone_id).e164)
    assert number == NUMBERS[2]
    suppressions.add(
        session,
        number,
        "opted out in a call",
        "call",
        at(80),
        evidence="stop calling me",
        attempt_id=attempt_id,
    )
