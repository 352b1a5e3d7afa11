"""A conference and its participants as the carrier keeps them; no I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NOBODY_TO_COACH, FULL, LABEL_TAKEN = 13240, 16020, 16025
"""The debugger's codes for one who cannot enter (Twilio's error dictionary)."""


class ConferenceStatus(StrEnum):
    """Values of the resource's `status`."""

    INIT = "init"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


class Reason(StrEnum):
    """Values of `reason_conference_ended`."""

    API = "conference-ended-via-api"
    LAST_LEFT = "last-participant-left"
    LAST_KICKED = "last-participant-kicked"
    LEADER_LEFT = "participant-with-end-conference-on-exit-left"
    LEADER_KICKED = "participant-with-end-conference-on-exit-kicked"


@dataclass(slots=True)
class Participant:
    """One call in a conference."""

    call_sid: str
    label: str
    muted: bool
    start_on_enter: bool
    end_on_exit: bool
    coach: str
    joined_at: datetime
    hold: bool = False
    kicked: bool = False


@dataclass(slots=True)
class Conference:
    """Mutable record; `participants` by call SID in the order in which they joined."""

    sid: str
    name: str
    created_at: datetime
    updated_at: datetime
    status: ConferenceStatus = ConferenceStatus.INIT
    reason: Reason | None = None
    ended_by: str | None = None
    participants: dict[str, Participant] = field(default_factory=dict)
    events_sent: int = 0

    def find(self, name: str) -> Participant | None:
        """By call SID or label."""
        by_label = (one for one in self.participants.values() if one.label and one.label == name)
        return self.participants.get(name) or next(by_label, None)

    def refusal(self, label: str, coach: str, most: int) -> tuple[int, str] | None:
        """Code and text for a newcomer who cannot enter; None for one who can."""
        if label and self.find(label):
            return LABEL_TAKEN, f"the label {label!r} is in use in conference {self.name!r}"
        if coach and coach not in self.participants:
            return NOBODY_TO_COACH, f"{coach} is not in conference {self.name!r}"
        if len(self.participants) >= most:
            return FULL, f"conference {self.name!r} is full"
        return None

    @property
    def may_start(self) -> bool:
        """Whether the second is here and one of them may begin it."""
        present = self.participants.values()
        return len(present) >= 2 and any(one.start_on_enter for one in present)

    def ending(self, leaving: Participant) -> Reason | None:
        """Why the conference ends with this one's leaving, who is still among them; else None."""
        if leaving.end_on_exit:
            return Reason.LEADER_KICKED if leaving.kicked else Reason.LEADER_LEFT
        if len(self.participants) == 1:
            return Reason.LAST_KICKED if leaving.kicked else Reason.LAST_LEFT
        return None
