"""Who said what and when, as it was heard."""

from dialer.call import Speaker, TranscriptTurn
from media.playout import Spoken

_SAME_TURN_GAP_MS = 1500


class Transcript:
    """Grows turn by turn; the agent's clauses of one answer become one turn."""

    def __init__(self) -> None:
        self._turns: list[TranscriptTurn] = []
        self._answer_open = False

    def callee(self, text: str, started_ms: int, ended_ms: int, confidence: float) -> None:
        """The callee's utterance; an empty one, which nobody could understand, is kept too."""
        self._answer_open = False
        self._turns.append(
            TranscriptTurn(
                speaker=Speaker.CALLEE,
                text=text,
                started_ms=started_ms,
                ended_ms=max(started_ms, ended_ms),
                confidence=confidence,
            )
        )

    def new_answer(self) -> None:
        """What the agent says next is a turn of its own."""
        self._answer_open = False

    def agent(self, spoken: Spoken) -> None:
        """A clause that was heard, or as much of it as was."""
        last = self._turns[-1] if self._turns else None
        joins = last is not None and spoken.started_ms - last.ended_ms <= _SAME_TURN_GAP_MS
        if last is not None and self._answer_open and joins:
            self._turns[-1] = last.model_copy(
                update={
                    "text": f"{last.text} {spoken.text}".strip(),
                    "ended_ms": spoken.ended_ms,
                    "interrupted": spoken.interrupted,
                }
            )
            return
        self._answer_open = True
        self._turns.append(
            TranscriptTurn(
                speaker=Speaker.AGENT,
                text=spoken.text,
                started_ms=spoken.started_ms,
                ended_ms=spoken.ended_ms,
                interrupted=spoken.interrupted,
            )
        )

    @property
    def turns(self) -> tuple[TranscriptTurn, ...]:
        """All turns in the order in which they began."""
        return tuple(sorted(self._turns, key=lambda turn: turn.started_ms))

    @property
    def callee_spoke(self) -> bool:
        """Whether any sound of the callee was taken for speech."""
        return any(turn.speaker is Speaker.CALLEE for turn in self._turns)
