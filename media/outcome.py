"""What one conversation came to: the agent's account, and the line's word on it."""

from dataclasses import dataclass

from dialer.call import (
    AnsweredBy,
    AttemptId,
    AudioHealth,
    CallOutcome,
    Disposition,
    EndedBy,
    Recording,
    TranscriptTurn,
    TurnLatency,
)
from media.agent.port import AgentResult

_OPEN = frozenset({Disposition.HUNG_UP, Disposition.SILENT, Disposition.NO_ANSWER})
"""What the agent says of a talk that came to nothing yet."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the conversation ended."""

    by: EndedBy
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the line knows of the call."""

    answered_by: AnsweredBy = AnsweredBy.UNKNOWN
    message_left: bool = False
    transcript: tuple[TranscriptTurn, ...] = ()
    latency: tuple[TurnLatency, ...] = ()
    recording: Recording | None = None
    audio: AudioHealth | None = None
    talk_ms: int = 0
    tts_characters: int = 0


def disposition(said: Disposition, ending: Ending, evidence: Evidence) -> Disposition:
    """The agent's word, except that only a message heard to its end was left, and that a call
    which broke off before it came to anything was interrupted, or failed if it never began."""
    if evidence.answered_by is AnsweredBy.MACHINE and said is Disposition.VOICEMAIL_LEFT:
        return said if evidence.message_left else Disposition.VOICEMAIL_SKIPPED
    if ending.by is EndedBy.ERROR and said in _OPEN:
        return Disposition.INTERRUPTED if evidence.talk_ms else Disposition.FAILED
    return said


def outcome(
    attempt_id: AttemptId, result: AgentResult, ending: Ending, evidence: Evidence
) -> CallOutcome:
    """The envelope. `ended_at` stays empty: the dialer's clock stamps it."""
    return CallOutcome(
        attempt_id=attempt_id,
        disposition=disposition(result.disposition, ending, evidence),
        answered_by=evidence.answered_by,
        ended_by=ending.by,
        answers=result.answers,
        score=min(1.0, max(0.0, result.score)),
        slot_id=result.slot_id,
        callback_at=result.callback_at,
        opt_out_words=result.opt_out_words,
        email=result.email,
        transcript=evidence.transcript,
        latency=evidence.latency,
        recording=evidence.recording,
        audio=evidence.audio,
        talk_ms=evidence.talk_ms,
        tts_characters=evidence.tts_characters,
        error=ending.error,
    )
