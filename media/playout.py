"""What was queued, sent, played and heard: the agent's side of the carrier's play-out buffer.

Pure: time is an argument, in milliseconds of the stream. The carrier plays what it is sent at
8000 bytes a second, and a mark that comes back tells where it is; between marks the play point is
counted on from the last one, so it errs, if at all, towards less heard than was heard.
"""

from collections import deque
from dataclasses import dataclass, field

BYTES_PER_MS = 8
FRAME_BYTES = 160
_LEAST_SEND_BYTES = 100 * BYTES_PER_MS
_LONGEST_TRANSIT_MS = 1000
_BYTES_PER_LETTER = 90 * BYTES_PER_MS
"""Slow speech: how long a clause will be whose sound is not complete yet."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mu-law to send now; `position` of its first byte, counted from the first one queued."""

    ulaw: bytes
    position: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark to send now, after all sound before it."""

    name: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clause, or as much of it as was heard, with its sound and when it was heard."""

    text: str
    ulaw: bytes
    started_ms: int
    ended_ms: int
    interrupted: bool = False


@dataclass(slots=True)
class _Clause:
    """Positions are bytes since the first one queued; `end` is None while sound is added."""

    text: str
    start: int
    end: int | None = None
    ulaw: bytearray = field(default_factory=bytearray)


class Playout:
    """One per call. `lead_ms` of sound at most is sent ahead of the play point.

    So a `clear` leaves little to be heard, and a stall of the sender shorter than the lead leaves
    no hole. Each clause ends in a mark; the first 20 ms of each answer end in one too, which
    tells when the answer began to be heard.
    """

    def __init__(self, lead_ms: int = 400) -> None:
        self._lead_bytes = lead_ms * BYTES_PER_MS
        self._waiting: deque[bytes | Mark] = deque()
        self._clauses: deque[_Clause] = deque()
        self._marks: dict[str, int] = {}
        self._spoken: list[Spoken] = []
        self._heard: list[str] = []
        self._queued = self._sent = self._marked = 0
        self._anchor_bytes, self._anchor_ms = 0, 0
        self._transit_ms = 0
        self._head: str | None = None
        self._head_sent_ms: int | None = None
        self._wants_head = False
        self._confirmed_ms = 0
        self.first_heard_ms: int | None = None
        """When the first sample of the current answer was heard; None until the carrier told."""

    def begin(self) -> None:
        """A new answer starts: what was heard is counted from here."""
        self._heard.clear()
        self._wants_head = True
        self._head = self._head_sent_ms = self.first_heard_ms = None

    def queue(self, text: str, ulaw: bytes = b"", *, complete: bool = True) -> None:
        """Append a clause with its sound; with `complete` False more sound may be appended."""
        self._clauses.append(_Clause(text, self._queued))
        self.append(ulaw)
        if complete:
            self.complete()

    def append(self, ulaw: bytes) -> None:
        """More sound for the clause queued last; ignored when a clear threw the clause out."""
        if not ulaw or not self._clauses or self._clauses[-1].end is not None:
            return
        self._clauses[-1].ulaw += ulaw
        if self._wants_head:
            self._wants_head = False
            self._waiting.append(ulaw[:FRAME_BYTES])
            self._queued += len(ulaw[:FRAME_BYTES])
            self._head = self._mark()
            ulaw = ulaw[FRAME_BYTES:]
        if ulaw:
            self._waiting.append(ulaw)
            self._queued += len(ulaw)

    def complete(self) -> None:
        """The clause queued last has all its sound."""
        if self._clauses and self._clauses[-1].end is None:
            self._clauses[-1].end = self._queued
            self._mark()

    def _mark(self) -> str:
        self._marked += 1
        name = f"m{self._marked}"
        self._marks[name] = self._queued
        self._waiting.append(Mark(name))
        return name

    def due(self, now_ms: int) -> list[Sound | Mark]:
        """What to send now so that the lead is kept; at least 100 ms at a time, or the rest."""
        room = self._lead_bytes - (self._sent - self.position(now_ms))
        unsent = self._queued - self._sent
        if unsent and room < min(_LEAST_SEND_BYTES, unsent):
            return []
        items: list[Sound | Mark] = []
        while self._waiting:
            head = self._waiting[0]
            if isinstance(head, Mark):
                items.append(head)
                self._waiting.popleft()
            elif room > 0:
                piece, position = head[:room], self._sent
                self._take(len(piece), now_ms)
                room -= len(piece)
                items.append(Sound(piece, position))
            else:
                break
        return items

    def _take(self, count: int, now_ms: int) -> None:
        head = self._waiting.popleft()
        assert isinstance(head, bytes)
        if len(head) > count:
            self._waiting.appendleft(head[count:])
        if self.position(now_ms) >= self._sent:
            self._anchor_bytes, self._anchor_ms = self._sent, now_ms + self._transit_ms
            self._head_sent_ms = now_ms if self._head in self._marks else None
        self._sent += count

    def position(self, now_ms: int) -> int:
        """How many of the bytes sent were played."""
        elapsed = max(0, now_ms - self._anchor_ms) * BYTES_PER_MS
        return min(self._sent, self._anchor_bytes + elapsed)

    def plays_ms(self, position: int) -> int:
        """When a byte that was sent is played, as far as is known now."""
        return self._anchor_ms + (position - self._anchor_bytes) // BYTES_PER_MS

    @property
    def anchor(self) -> tuple[int, int]:
        """The position at which the play point was known last, and when that was in ms."""
        return self._anchor_bytes, self._anchor_ms

    def played(self, mark: str, now_ms: int) -> None:
        """A mark came back. One that a clear threw out, or that nobody sent, means nothing."""
        position = self._marks.get(mark)
        if position is None or position > self._sent:
            return
        del self._marks[mark]
        self._anchor_bytes, self._anchor_ms = position, now_ms
        if mark == self._head:
            self._note_head(now_ms)
        for name in [name for name, at in self._marks.items() if at < position]:
            del self._marks[name]
        while self._clauses and (end := self._clauses[0].end) is not None and end <= position:
            self._confirm(self._clauses.popleft(), now_ms - (position - end) // BYTES_PER_MS)

    def _note_head(self, now_ms: int) -> None:
        self.first_heard_ms = now_ms - FRAME_BYTES // BYTES_PER_MS
        if self._head_sent_ms is not None:
            transit = self.first_heard_ms - self._head_sent_ms
            self._transit_ms = min(max(0, transit), _LONGEST_TRANSIT_MS)

    def _confirm(self, clause: _Clause, ended_ms: int) -> None:
        self._speak(clause.text, bytes(clause.ulaw), ended_ms, interrupted=False)

    def _speak(self, text: str, ulaw: bytes, ended_ms: int, *, interrupted: bool) -> None:
        started = max(self._confirmed_ms, ended_ms - len(ulaw) // BYTES_PER_MS)
        ended = max(ended_ms, started)
        self._confirmed_ms = ended
        self._spoken.append(Spoken(text, ulaw, started, ended, interrupted))
        if text:
            self._heard.append(text)

    def clear(self, now_ms: int) -> str:
        """Drop all that was not played; what the callee heard of the current answer.

        Of a clause in play whole words count, by the share of its sound that was played. Send
        the carrier's `clear` when `outstanding` was true.
        """
        position = self.position(now_ms)
        for clause in self._clauses:
            self._cut(clause, position, now_ms)
        self._clauses.clear()
        self._waiting.clear()
        self._marks.clear()
        self._queued = self._sent
        self._anchor_bytes, self._anchor_ms = self._sent, now_ms
        self._wants_head = False
        return self.heard

    def _cut(self, clause: _Clause, position: int, now_ms: int) -> None:
        if clause.end is not None and clause.end <= position:
            self._confirm(clause, now_ms - (position - clause.end) // BYTES_PER_MS)
            return
        count = position - clause.start
        if count <= 0:
            return
        total = len(clause.ulaw)
        if clause.end is None:
            total = max(total, len(clause.text) * _BYTES_PER_LETTER)
        text = words_within(clause.text, count / total)
        self._speak(text, bytes(clause.ulaw[:count]), now_ms, interrupted=True)

    @property
    def heard(self) -> str:
        """What is known to have been heard of the current answer."""
        return " ".join(self._heard)

    def take_spoken(self) -> list[Spoken]:
        """The clauses heard since the last time this was asked."""
        spoken, self._spoken = self._spoken, []
        return spoken

    def speaking(self, now_ms: int) -> bool:
        """Whether the callee hears the agent now, or will as soon as sound is sent."""
        return self._queued > self._sent or self.position(now_ms) < self._sent

    def left_ms(self, now_ms: int) -> int:
        """How long the sound queued so far takes to be played out."""
        return (self._queued - self.position(now_ms)) // BYTES_PER_MS

    @property
    def outstanding(self) -> bool:
        """Whether the carrier may still hold sound of ours."""
        return bool(self._marks) or bool(self._clauses)

    @property
    def drained(self) -> bool:
        """Every clause queued is known to have been heard."""
        return not self._clauses and not self._waiting


def words_within(text: str, share: float) -> str:
    """The words whose last letter lies within the first `share` (0.0-1.0) of the letters."""
    words = text.split()
    total = sum(len(word) for word in words)
    letters = 0
    for index, word in enumerate(words):
        letters += len(word)
        if letters > share * total:
            return " ".join(words[:index])
    return " ".join(words)
