"""The tables, one family a file."""

from dialer.models.alert import Alert
from dialer.models.appointment import Agent, Appointment, OutboxMessage
from dialer.models.attempt import (
    Attempt,
    CallSlot,
    CarrierEvent,
    CarrierPace,
    Decision,
    EvidenceSeal,
)
from dialer.models.base import Base
from dialer.models.caller_id import CallerId, CampaignCallerId
from dialer.models.campaign import Breaker, Campaign
from dialer.models.law import CallingRule, StateHoliday
from dialer.models.lead import (
    CampaignLocality,
    Import,
    ImportChunk,
    ImportRow,
    Lead,
    Locality,
    Phone,
    RowFault,
)
from dialer.models.money import BudgetDay, LedgerEntry, UsageCheck
from dialer.models.suppression import Consent, DncList, Erasure, Suppression

__all__ = [
    "Agent",
    "Alert",
    "Appointment",
    "Attempt",
    "Base",
    "Breaker",
    "BudgetDay",
    "CallSlot",
    "CallerId",
    "CallingRule",
    "Campaign",
    "CampaignCallerId",
    "CampaignLocality",
    "CarrierEvent",
    "CarrierPace",
    "Consent",
    "Decision",
    "DncList",
    "Erasure",
    "EvidenceSeal",
    "Import",
    "ImportChunk",
    "ImportRow",
    "Lead",
    "LedgerEntry",
    "Locality",
    "OutboxMessage",
    "Phone",
    "RowFault",
    "StateHoliday",
    "Suppression",
    "UsageCheck",
]
