"""Human agents, their appointments, and the outbox of what must reach people."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Integer
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id


class Agent(Base):
    """A person of the team who takes appointments."""

    __tablename__ = "agents"

    id: Mapped[Id]
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str]
    work_start: Mapped[time]
    work_end: Mapped[time]
    work_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    slot_minutes: Mapped[int] = mapped_column(default=30)
    active: Mapped[bool] = mapped_column(default=True)


class Appointment(Base):
    """A slot held during a call, then booked; two that overlap cannot exist for one agent."""

    __tablename__ = "appointments"

    id: Mapped[Id]
    uid: Mapped[UUID] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    agent_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("agents.id"))
    lead_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("leads.id"))
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    state: Mapped[str] = mapped_column(default="held")
    held_until: Mapped[datetime | None]
    invited_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OutboxMessage(Base):
    """Something to send, written with the change that causes it; sent once per key."""

    __tablename__ = "outbox"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
