"""The two envelopes of a call: a `CallBrief` goes in, a `CallOutcome` comes out.

This is all that the media side knows of the dialer. Times are aware datetimes, durations carry
their unit in the name, money does not appear: the dialer cuts `max_seconds` to what it reserved.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

AttemptId = NewType("AttemptId", str)
SlotId = NewType("SlotId", str)


class Disposition(StrEnum):
    """How a call ended for the business. Terms as in VICIDIAL's status table."""

    APPOINTMENT_BOOKED = "appointment_booked"
    WARM_FOLLOWUP = "warm_followup"
    CALLBACK_REQUESTED = "callback_requested"
    NOT_INTERESTED = "not_interested"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"
    VOICEMAIL_LEFT = "voicemail_left"
    VOICEMAIL_SKIPPED = "voicemail_skipped"
    SILENT = "silent"
    HUNG_UP = "hung_up"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"


class AnsweredBy(StrEnum):
    """Who picked up, as far as the media side could tell."""

    HUMAN = "human"
    MACHINE = "machine"
    SILENCE = "silence"
    UNKNOWN = "unknown"


class EndedBy(StrEnum):
    """Which side, or which limit, ended the call."""

    AGENT = "agent"
    CALLEE = "callee"
    LIMIT = "limit"
    ERROR = "error"


class Frozen(BaseModel):
    """A value: immutable, and a field that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LeadBrief(Frozen):
    """What the agent may know about the person called."""

    first_name: str
    last_name: str = ""
    address: str = ""
    city: str = ""
    intent: str = "sell"
    timezone: str


class Slot(Frozen):
    """A free half-open interval of a human agent's calendar that may be offered in the call."""

    slot_id: SlotId
    agent_name: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class CallBrief(Frozen):
    """Everything a media worker needs to hold one conversation."""

    attempt_id: AttemptId
    campaign: str
    assistant_name: str
    brand: str
    purpose: str
    now: AwareDatetime
    lead: LeadBrief
    slots: tuple[Slot, ...] = ()
    max_seconds: int = Field(gt=0)
    max_turns: int = 24
    qualification_threshold: float = Field(default=0.8, ge=0.0, le=1.0)
    record: bool = True
    voicemail_text: str = ""


class Speaker(StrEnum):
    """The two channels of a call."""

    AGENT = "agent"
    CALLEE = "callee"


class TranscriptTurn(Frozen):
    """One utterance. `text` of the agent is what the callee heard, not what was queued."""

    speaker: Speaker
    text: str
    started_ms: int
    ended_ms: int
    interrupted: bool = False
    confidence: float | None = None


class TurnLatency(Frozen):
    """Where the time of one answer went, milliseconds from the end of the callee's speech.

    `voice_to_voice_ms` ends when the first sample of the answer was played at the far end, as
    told by the carrier's marks, so it includes the carrier's play-out delay.
    """

    endpoint_ms: int
    recognized_ms: int
    decided_ms: int
    first_audio_ms: int
    voice_to_voice_ms: int | None = None


class HeardSecond(Frozen):
    """One second of the callee's channel: its level, and how many of its 20 ms frames were lost
    or held speech."""

    level_dbfs: float
    lost: int
    speech: int


class AudioHealth(Frozen):
    """How the line was. Levels in dBFS; None where there was nothing to measure.

    `far_ms`: how long the agent was heard, `double_talk_ms`: how long the callee spoke over her
    echo; `erle_db`: how much of that echo was removed; `engines` at work at the end, by stage;
    `warnings`: what failed and what took over; costs in microseconds of one frame, by stage.
    """

    frames: int
    lost_frames: int
    late_frames: int
    duplicate_frames: int
    malformed_frames: int
    resets: int
    longest_gap_ms: int
    jitter_ms: float
    speech_dbfs: float | None
    noise_dbfs: float | None
    clipped_share: float
    far_ms: int
    double_talk_ms: int
    erle_db: float | None
    echo_delay_ms: int | None
    engines: dict[str, str]
    warnings: tuple[str, ...] = ()
    cost_p50_us: dict[str, float] = Field(default_factory=dict)
    cost_p99_us: dict[str, float] = Field(default_factory=dict)
    seconds: tuple[HeardSecond, ...] = ()


class Recording(Frozen):
    """Dual-channel WAV on disk: channel 0 the callee, channel 1 the agent; 8 kHz, 16 bit."""

    path: str
    sha256: str
    duration_ms: int


class CallOutcome(Frozen):
    """What one conversation came to; complete whatever way the call ended."""

    attempt_id: AttemptId
    disposition: Disposition
    answered_by: AnsweredBy
    ended_by: EndedBy
    answers: dict[str, str] = Field(default_factory=dict)
    score: float = Field(default=0.0, ge=0.0, le=1.0)
    slot_id: SlotId | None = None
    callback_at: AwareDatetime | None = None
    opt_out_words: str | None = None
    email: str | None = None
    transcript: tuple[TranscriptTurn, ...] = ()
    latency: tuple[TurnLatency, ...] = ()
    recording: Recording | None = None
    audio: AudioHealth | None = None
    talk_ms: int = 0
    tts_characters: int = 0
    ended_at: datetime | None = None
    error: str | None = None
