"""The tables, one family a file."""

from dialer.models.appointment import Agent, Appointment, OutboxMessage
from dialer.models.attempt import Attempt, CallSlot, CarrierEvent, CarrierPace, Decision
from dialer.models.base import Base
from dialer.models.campaign import CallingRule, Campaign
from dialer.models.lead import Import, ImportChunk, ImportRow, Lead, Phone, RowFault
from dialer.models.money import BudgetDay, LedgerEntry
from dialer.models.suppression import Suppression

__all__ = [
    "Agent",
    "Appointment",
    "Attempt",
    "Base",
    "BudgetDay",
    "CallSlot",
    "CallingRule",
    "Campaign",
    "CarrierEvent",
    "CarrierPace",
    "Decision",
    "Import",
    "ImportChunk",
    "ImportRow",
    "Lead",
    "LedgerEntry",
    "OutboxMessage",
    "Phone",
    "RowFault",
    "Suppression",
]
