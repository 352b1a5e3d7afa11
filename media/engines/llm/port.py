"""What the agent and a chat model say to each other: the turn's context and the tools to call."""

from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

ANSWER_VALUES: dict[str, tuple[str, ...]] = {
    "good_time": ("yes", "no"),
    "wrong_number": ("yes", "no"),
    "motivation": ("high", "some", "none"),
    "timeline": (
        "within_3_months",
        "within_6_months",
        "within_12_months",
        "later",
        "unknown",
    ),
    "has_agent": ("no", "yes", "listed"),
    "authority": ("sole", "joint", "none"),
    "price_or_finance": ("ready", "partly", "not_ready"),
    "condition": ("good", "needs_work"),
    "confirm": ("yes", "no"),
}
"""Every question that `record_answer` may answer, and the only values that count."""

Question = Literal[
    "good_time",
    "wrong_number",
    "motivation",
    "timeline",
    "has_agent",
    "authority",
    "price_or_finance",
    "slot",
    "confirm",
    "callback",
]


class OfferedSlot(BaseModel):
    """A calendar slot as offered: `starts_at` carries the lead's own UTC offset."""

    slot_id: str
    starts_at: AwareDatetime
    spoken: str


class TurnContext(BaseModel):
    """The code's side of one turn, sent as JSON in the system role: no word of the caller."""

    question: Question
    form: Literal["open", "yes_no"] = "open"
    intent: str
    answers: dict[str, str] = Field(default_factory=dict)
    offered: tuple[OfferedSlot, ...] = ()
    asked_again: bool = False
    timezone: str
    now: AwareDatetime


class RecordAnswer(BaseModel):
    """Record what the caller answered. Call once per fact that the caller stated.

    motivation: high, some, none. timeline: within_3_months, within_6_months, within_12_months,
    later, unknown. has_agent: no, yes, listed. authority: sole, joint, none. price_or_finance:
    ready, partly, not_ready. condition: good, needs_work. good_time, wrong_number, confirm: yes,
    no.
    """

    model_config = ConfigDict(title="record_answer", extra="forbid")
    slot: str
    value: str

    @model_validator(mode="after")
    def _known_value(self) -> Self:
        if self.value not in ANSWER_VALUES.get(self.slot, ()):
            raise ValueError(f"{self.slot} has no value {self.value}")
        return self


class ChooseSlot(BaseModel):
    """The caller takes one of the offered appointment slots."""

    model_config = ConfigDict(title="choose_slot", extra="forbid")
    slot_id: str


class RefuseSlots(BaseModel):
    """None of the offered slots suits; `when` holds the caller's own words about another time."""

    model_config = ConfigDict(title="refuse_slots", extra="forbid")
    when: str = ""


class WantAppointment(BaseModel):
    """The caller asks to meet a human agent."""

    model_config = ConfigDict(title="want_appointment", extra="forbid")


class ScheduleCallback(BaseModel):
    """The caller cannot talk now or wants a call later; `when` holds the caller's own words."""

    model_config = ConfigDict(title="schedule_callback", extra="forbid")
    when: str = ""


class RequestHuman(BaseModel):
    """The caller wants to speak to a person instead of an assistant."""

    model_config = ConfigDict(title="request_human", extra="forbid")
    when: str = ""


class Decline(BaseModel):
    """The caller does not want to go on."""

    model_config = ConfigDict(title="decline", extra="forbid")
    reason: Literal["not_interested", "has_agent", "already_sold", "not_owner"] = "not_interested"


class RaiseObjection(BaseModel):
    """The caller asks or objects to something that has a prepared answer."""

    model_config = ConfigDict(title="raise_objection", extra="forbid")
    kind: Literal["price", "fees", "email", "scam", "repeat"]


class WrongNumber(BaseModel):
    """The caller is not the person on the list."""

    model_config = ConfigDict(title="wrong_number", extra="forbid")


class EndCall(BaseModel):
    """The caller says goodbye."""

    model_config = ConfigDict(title="end_call", extra="forbid")


class NotUnderstood(BaseModel):
    """The words make no sense as an answer, or have nothing to do with the call."""

    model_config = ConfigDict(title="not_understood", extra="forbid")


ToolRequest = (
    RecordAnswer
    | ChooseSlot
    | RefuseSlots
    | WantAppointment
    | ScheduleCallback
    | RequestHuman
    | Decline
    | RaiseObjection
    | WrongNumber
    | EndCall
    | NotUnderstood
)

TOOLS: dict[str, type[ToolRequest]] = {
    "record_answer": RecordAnswer,
    "choose_slot": ChooseSlot,
    "refuse_slots": RefuseSlots,
    "want_appointment": WantAppointment,
    "schedule_callback": ScheduleCallback,
    "request_human": RequestHuman,
    "decline": Decline,
    "raise_objection": RaiseObjection,
    "wrong_number": WrongNumber,
    "end_call": EndCall,
    "not_understood": NotUnderstood,
}


def tool_name(request: ToolRequest) -> str:
    """The name under which a model calls this tool."""
    return str(request.model_config["title"])
