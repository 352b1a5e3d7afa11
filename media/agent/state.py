"""What the agent remembers of one conversation; JSON values only, so any worker can go on."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.call import CallBrief, Disposition, Slot, SlotId, Speaker
from media.engines.llm.port import Question


class Line(BaseModel):
    """One utterance; the agent's text is what the callee heard of it."""

    model_config = ConfigDict(frozen=True)
    speaker: Speaker
    text: str


class TalkState(BaseModel):
    """The whole memory. Nodes never change it in place; they copy it with `model_copy`.

    `misses` counts turns in a row that were not understood, `silences` those without speech.
    `after_wrong_number` is the question to go back to once the name is settled.
    `read_back_heard` is False while the callee has not heard the whole time to be confirmed.
    """

    model_config = ConfigDict(extra="ignore")
    question: Question = "good_time"
    after_wrong_number: Question = "good_time"
    answers: dict[str, str] = Field(default_factory=dict)
    offered: tuple[SlotId, ...] = ()
    refused: tuple[SlotId, ...] = ()
    offers: int = 0
    held: SlotId | None = None
    booked: SlotId | None = None
    read_back_heard: bool = True
    disposition: Disposition | None = None
    callback_at: AwareDatetime | None = None
    opt_out_words: str | None = None
    turns: int = 0
    misses: int = 0
    silences: int = 0
    spoke: bool = False
    disclosed: bool = True
    ended: bool = False
    history: tuple[Line, ...] = ()

    def with_(self, **changes: Any) -> "TalkState":
        """A changed copy."""
        return self.model_copy(update=changes)


def find_slot(brief: CallBrief, slot_id: str) -> Slot | None:
    """The slot of the brief with this id."""
    return next((slot for slot in brief.slots if slot.slot_id == slot_id), None)


def finish(
    talk: TalkState, disposition: Disposition, callback_at: datetime | None = None
) -> TalkState:
    """The conversation's end, with its one disposition."""
    return talk.with_(disposition=disposition, callback_at=callback_at, ended=True, misses=0)
