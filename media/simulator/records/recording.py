"""A recording as the carrier keeps it; no I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class RecordingStatus(StrEnum):
    """Values of the resource's `status`."""

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ABSENT = "absent"
    DELETED = "deleted"


class RecordingSource(StrEnum):
    """Values of the resource's `source`: who asked for it."""

    CREATE = "OutboundAPI"
    REST = "StartCallRecordingAPI"
    DIAL = "DialVerb"
    CONFERENCE = "Conference"
    RECORD = "RecordVerb"
    START = REST
    """The document has no word of its own for `<Start><Recording>`."""


@dataclass(frozen=True, slots=True)
class RecordingWish:
    """How a recording is to be made and who is told of it."""

    channels: int = 1
    track: str = "both"
    trim: bool = False
    callback: str | None = None
    callback_method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


@dataclass(slots=True)
class Recording:
    """Mutable record of a recording; `wav` is 16 bit PCM at 8 kHz once it is completed."""

    sid: str
    call_sid: str
    source: RecordingSource
    channels: int
    track: str
    started_at: datetime
    status: RecordingStatus = RecordingStatus.IN_PROGRESS
    conference_sid: str | None = None
    stopped: bool = False
    """Whether nothing is added to it any more."""
    duration_s: int | None = None
    price: Decimal | None = None
    error_code: int | None = None
    wav: bytes = field(default=b"", repr=False)
