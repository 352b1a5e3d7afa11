"""Appointments: free slots to offer, a hold for the length of a call, a booking that stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dialer.call import Slot, SlotId
from dialer.campaigns import weekdays
from dialer.errors import Conflict, InputError
from dialer.models import Agent, Appointment, Attempt
from dialer.rules.holiday import Calendar
from dialer.rules.wall_clock import known_zones

HOLIDAYS = Calendar()
HORIZON_DAYS = 10
OFFERED_HOURS = (time(10), time(14), time(16))
POLITE_HOURS = (time(9), time(19))
HOLD_FOR = timedelta(minutes=15)


def add_agent(
    session: Session,
    name: str,
    email: str,
    timezone: str,
    hours: str = "09:00-17:00",
    days: str = "mon-fri",
    slot_minutes: int = 30,
) -> Agent:
    """Add a person who takes appointments, at working hours local to `timezone`.

    Raises `InputError` for words that are not understood, `Conflict` for a known address.
    """
    start, end = _hours(hours)
    if not name.strip() or "@" not in email.strip("@"):
        raise InputError(f"{name!r} <{email}> is no agent", "Give a name and an e-mail address")
    if not 10 <= slot_minutes <= 480:
        raise InputError(f"{slot_minutes} minutes is no slot", "Choose 10 to 480 minutes")
    try:
        known_zones([timezone])
    except ValueError as error:
        raise InputError(str(error), "Write an IANA zone such as America/New_York") from None
    if session.scalar(select(Agent.id).where(Agent.email == email)):
        raise Conflict(f"there is an agent with the address {email}", "Use another address")
    agent = Agent(
        name=name.strip(),
        email=email,
        timezone=timezone,
        work_start=start,
        work_end=end,
        work_days=weekdays(days),
        slot_minutes=slot_minutes,
    )
    session.add(agent)
    session.flush()
    return agent


def agents(session: Session) -> list[Agent]:
    """The team, in the order in which it was entered."""
    return list(session.scalars(select(Agent).order_by(Agent.id)))


def free_slots(
    session: Session, lead_zone: str, now: datetime, count: int, share: int = 0, shares: int = 1
) -> list[Slot]:
    """Up to `count` free slots from tomorrow on, at hours that are polite in the lead's zone.

    The calendar is dealt out to `shares` concurrent calls, and a call begins with its own
    `share`, so that two calls seldom compete for one slot; the hold decides when they do.
    """
    dealt = enumerate(_candidates(session, ZoneInfo(lead_zone), now))
    free = [(ordinal % shares != share, slot) for ordinal, (slot, usable) in dealt if usable]
    ranked = sorted(free, key=lambda pair: (pair[0], pair[1].starts_at))
    distinct = {slot.starts_at: slot for _, slot in reversed(ranked)}
    chosen = [slot for _, slot in ranked if distinct[slot.starts_at] is slot]
    return chosen[:count]


def hold(session: Session, attempt_id: UUID, slot_id: str, now: datetime) -> bool:
    """Take a slot for this call; a slot that the call held before is let go. False = taken."""
    agent, during = _slot(session, slot_id)
    attempt = session.get_one(Attempt, attempt_id)
    release(session, attempt_id)
    try:
        with session.begin_nested():
            session.add(
                Appointment(
                    uid=uuid4(),
                    agent_id=agent.id,
                    lead_id=attempt.lead_id,
                    attempt_id=attempt_id,
                    during=during,
                    state="held",
                    held_until=now + HOLD_FOR,
                    created_at=now,
                )
            )
    except IntegrityError:
        return False
    return True


def book(session: Session, attempt_id: UUID) -> Appointment | None:
    """Turn the call's hold into an appointment; a second time returns the same one."""
    appointment = session.scalar(
        select(Appointment).where(
            Appointment.attempt_id == attempt_id, Appointment.state.in_(("held", "booked"))
        )
    )
    if appointment:
        appointment.state, appointment.held_until = "booked", None
    return appointment


def booked(session: Session, attempt_id: UUID) -> Appointment | None:
    """The appointment that a call led to, if any."""
    return session.scalar(
        select(Appointment).where(
            Appointment.attempt_id == attempt_id, Appointment.state == "booked"
        )
    )


def release(session: Session, attempt_id: UUID) -> None:
    """Let go of what the call held and did not book."""
    session.execute(
        update(Appointment)
        .where(Appointment.attempt_id == attempt_id, Appointment.state == "held")
        .values(state="released", held_until=None)
    )


def release_stale(session: Session, now: datetime) -> None:
    """Let go of holds whose call never came to an end that anybody noted."""
    session.execute(
        update(Appointment)
        .where(Appointment.state == "held", Appointment.held_until < now)
        .values(state="released", held_until=None)
    )


def _hours(text: str) -> tuple[time, time]:
    try:
        start, end = (time.fromisoformat(part) for part in text.split("-"))
    except ValueError:
        raise InputError(f"hours {text!r} are not understood", "Write 09:00-17:00") from None
    if start >= end:
        raise InputError(f"hours {text!r} end before they begin", "Write 09:00-17:00")
    return start, end


def _slot(session: Session, slot_id: str) -> tuple[Agent, Range[datetime]]:
    """The agent and the interval that a slot id names. Raises `InputError` for a made-up one."""
    agent_text, _, start_text = slot_id.partition("@")
    try:
        agent = session.get(Agent, int(agent_text))
        start = datetime.fromisoformat(start_text)
    except ValueError:
        agent = None
    if agent is None:
        raise InputError(f"{slot_id!r} is no slot", "Offer one of the brief's slots")
    return agent, Range(start, start + timedelta(minutes=agent.slot_minutes), bounds="[)")


def _candidates(
    session: Session, lead_zone: ZoneInfo, now: datetime
) -> Iterator[tuple[Slot, bool]]:
    """Every slot there is, in the order of time, and whether it may be offered."""
    horizon = now + timedelta(days=HORIZON_DAYS)
    found: list[tuple[Slot, bool]] = []
    for agent in session.scalars(select(Agent).where(Agent.active).order_by(Agent.id)):
        busy = _busy(session, agent.id, now, horizon)
        for start in _starts(agent, now):
            end = start + timedelta(minutes=agent.slot_minutes)
            polite = POLITE_HOURS[0] <= start.astimezone(lead_zone).time() < POLITE_HOURS[1]
            slot = Slot(
                slot_id=SlotId(f"{agent.id}@{start.isoformat()}"),
                agent_name=agent.name,
                starts_at=start,
                ends_at=end,
            )
            taken = any(start < until and end > since for since, until in busy)
            found.append((slot, polite and not taken))
    return iter(sorted(found, key=lambda pair: (pair[0].starts_at, pair[0].slot_id)))


def _busy(
    session: Session, agent_id: int, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    rows = session.execute(
        select(func.lower(Appointment.during), func.upper(Appointment.during))
        .where(Appointment.agent_id == agent_id, Appointment.state.in_(("held", "booked")))
        .where(Appointment.during.op("&&")(func.tstzrange(since, until)))
    )
    return [(row[0], row[1]) for row in rows]


def _starts(agent: Agent, now: datetime) -> Iterator[datetime]:
    """The hours that are offered, on the agent's working days from tomorrow on; nobody is met on
    a federal holiday."""
    zone = ZoneInfo(agent.timezone)
    today = now.astimezone(zone).date()
    for offset in range(1, HORIZON_DAYS):
        day = today + timedelta(days=offset)
        if day.weekday() not in agent.work_days or HOLIDAYS.name("US", day):
            continue
        for hour in OFFERED_HOURS:
            if agent.work_start <= hour < agent.work_end:
                yield datetime.combine(day, hour, zone).astimezone(UTC)
