"""What a campaign came to, as values."""

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

Usd = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class Value(BaseModel):
    """Immutable; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Percentiles(Value):
    """Median and 95th percentile of measured milliseconds; None when nothing was measured."""

    p50: int | None = None
    p95: int | None = None
    count: int = 0


class Funnel(Value):
    """How many leads came how far; each step is part of the one before."""

    imported: int = 0
    dialed: int = 0
    answered: int = 0
    conversations: int = 0
    booked: int = 0


class RefusedRow(Value):
    """A row of an uploaded file that became no lead."""

    file: str
    line: int
    column: str
    reason: str


class BookedAppointment(Value):
    """An appointment; `local_time` is in the lead's zone, `agent_time` in the agent's."""

    lead: str
    agent: str
    starts_at: AwareDatetime
    local_time: str
    agent_time: str
    invited: bool


class OptOut(Value):
    """A number that was taken off all lists in a call, with the words that were said."""

    attempt_id: str
    lead: str
    words: str
    at: AwareDatetime


class WaitingLead(Value):
    """A lead that will be called again: why it waits and until when, in its own zone."""

    lead_id: int
    lead: str
    reason: str
    attempts_made: int
    next_attempt_at: AwareDatetime | None
    local_time: str


class CallLine(Value):
    """One dialed attempt."""

    attempt_id: str
    lead: str
    ordinal: int
    state: str
    disposition: str
    dialed_at: AwareDatetime
    seconds: int | None
    cost_usd: Usd | None


class Report(Value):
    """A campaign's account. Money is exact USD; the lists hold the newest `listed` entries."""

    campaign_id: int
    campaign: str
    state: str
    brand: str
    timezone: str
    window: str
    generated_at: AwareDatetime
    listed: int

    leads_imported: int
    rows_rejected: int
    attempts: int
    never_rang: int
    max_concurrent: int
    double_dials: int
    dispositions: dict[str, int]
    lead_states: dict[str, int]
    funnel: Funnel
    conversation_attempts: int
    appointments: int
    invites_sent: int
    opt_outs: int

    spent_usd: Usd
    reserved_usd: Usd
    budget_usd: Usd
    cost_per_call_usd: Usd | None
    cost_per_conversation_usd: Usd | None
    cost_per_appointment_usd: Usd | None
    cost_by_product_usd: dict[str, Usd] = {}

    voice_to_voice_ms: Percentiles
    stages_ms: dict[str, Percentiles]

    appointment_list: tuple[BookedAppointment, ...]
    opt_out_list: tuple[OptOut, ...]
    waiting_list: tuple[WaitingLead, ...]
    refused_rows: tuple[RefusedRow, ...]
    calls: tuple[CallLine, ...]
