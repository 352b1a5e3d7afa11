"""Attempts (a dial and its call are one row), call slots, decisions and the carrier's inbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dialer.models.base import Base, Id, Micros


class Attempt(Base):
    """One try to reach a lead, from the reservation to the recorded outcome."""

    __tablename__ = "attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("leads.id"))
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    phone_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("phones.id"))
    ordinal: Mapped[int]
    epoch: Mapped[int]
    state: Mapped[str]
    cause: Mapped[str] = mapped_column(default="")
    token: Mapped[str]
    caller_id: Mapped[str]
    carrier_sid: Mapped[str | None] = mapped_column(unique=True)
    time_limit_seconds: Mapped[int]
    reserved_micros: Mapped[Micros]
    cost_micros: Mapped[Micros | None]
    reserved_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    placing_at: Mapped[datetime | None]
    placed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    duration_seconds: Mapped[int | None]
    outcome: Mapped[dict[str, Any] | None]
    outcome_at: Mapped[datetime | None]
    disposition: Mapped[str | None]
    recorded_at: Mapped[datetime | None]
    call_class: Mapped[str] = mapped_column(default="automated")
    amd: Mapped[str] = mapped_column(default="off")
    answered_by: Mapped[str] = mapped_column(default="")
    consent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("consents.id"))
    products: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    connectivity_micros: Mapped[Micros | None]
    price_micros: Mapped[Micros | None]
    price_tries: Mapped[int] = mapped_column(default=0)
    price_due_at: Mapped[datetime | None]


class CallSlot(Base):
    """One of the `MAX_CONCURRENT_CALLS` lines; taken by at most one attempt."""

    __tablename__ = "call_slots"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"), unique=True)
    taken_at: Mapped[datetime | None]


class CarrierPace(Base):
    """When the account's next turn is (CPS): one row for reserving, one for placing."""

    __tablename__ = "carrier_pace"

    scope: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


class Decision(Base):
    """Why a number was dialed or not: the evidence of every dial and every refusal.

    `facts` holds what else was looked at: states and their sources, consent, caps, caller id.
    """

    __tablename__ = "decisions"

    id: Mapped[Id]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    lead_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("leads.id"))
    campaign_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("campaigns.id"))
    stage: Mapped[str]
    allowed: Mapped[bool]
    reasons: Mapped[list[Any]]
    rules: Mapped[list[Any]]
    zones: Mapped[list[Any]]
    decided_at: Mapped[datetime]
    next_lawful_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CarrierEvent(Base):
    """The inbox: each message of the carrier once, whatever it repeats or reorders."""

    __tablename__ = "carrier_events"

    id: Mapped[Id]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    carrier_sid: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    sequence: Mapped[int]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class EvidenceSeal(Base):
    """A link of the chain that binds each recorded attempt's evidence to all before it.

    `entries` is what was sealed, as canonical JSON text. Personal values stand in it as salted
    hashes only; `disclosed` holds them, and is emptied when the person is erased.
    """

    __tablename__ = "evidence_seals"

    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"), unique=True)
    bundle_sha256: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    sealed_at: Mapped[datetime]
    entries: Mapped[str]
    disclosed: Mapped[str]
