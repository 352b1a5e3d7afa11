"""Received frames in order as one continuous sound, the missing ones concealed."""

from media.audio.concealment.port import Concealer
from media.audio.jitter.order import FRAME_MS
from media.audio.jitter.statistics import JitterStatistics
from media.audio.jitter.timestretch import Stretched, lengthen, shorten

FRAME_BYTES = 320
FRAME_SAMPLES = 160
SAMPLES_PER_MS = 8
SILENCE = bytes(FRAME_BYTES)
_BYTES_PER_MS = 16.0
_MOST_FRAMES = 512
_PAUSE = b""
"""Stands in the line for a frame that the sender, pausing, never sent."""


class FrameLine:
    """The line of frames and the play-out cursor in it.

    `slot` is the first frame not yet drawn; `pending` the sound between cursor and `slot`;
    `frozen` the frames made up since sound last came, for which time stands still.
    """

    __slots__ = ("_concealer", "_counts", "_past", "frames", "frozen", "pending", "slot")

    def __init__(self, concealer: Concealer, counts: JitterStatistics) -> None:
        self._concealer = concealer
        self._counts = counts
        self._past = SILENCE
        self.frames: dict[int, bytes] = {}
        self.slot = -_MOST_FRAMES
        self.pending = b""
        self.frozen = 0

    def put(self, slot: int, frame: bytes) -> None:
        if slot < self.slot:
            self._counts.late += 1
            return
        self.frames[slot] = frame
        if len(self.frames) > _MOST_FRAMES:
            self.slot = min(self.frames)
            self.skip(_MOST_FRAMES // 2, slot)

    def pause(self, before: int) -> None:
        """Nothing was sent between the last frame received and the slot `before`."""
        for slot in range(max(self.slot, max(self.frames, default=self.slot - 1) + 1), before):
            self.frames[slot] = _PAUSE

    def held_ms(self, newest: int) -> float:
        """From the cursor to the end of the newest frame."""
        return (newest + 1 - self.slot) * FRAME_MS + len(self.pending) / _BYTES_PER_MS

    def pending_ms(self) -> float:
        """From the cursor to the start of the next frame."""
        return len(self.pending) / _BYTES_PER_MS

    def cursor_ms(self) -> float:
        """Where the cursor is, from the start of slot 0."""
        return self.slot * FRAME_MS - len(self.pending) / _BYTES_PER_MS

    def rewind(self) -> bool:
        """Put the cursor at the first sound; False if there is none."""
        sound = [slot for slot, frame in self.frames.items() if frame]
        if not sound:
            return False
        self.slot, self.frozen = min(sound), 0
        for slot in [slot for slot in self.frames if slot < self.slot]:
            del self.frames[slot]
        return True

    def silence(self) -> bytes:
        """A frame while nothing plays: the fade of what was before, if anything was."""
        if self._past is not SILENCE:
            self._past = self._concealer.lost()
        return self._past

    def next(self, newest: int) -> bytes:
        """The next 20 ms as they are; `newest` is the newest slot received."""
        pending = self.pending
        if len(pending) < FRAME_BYTES:
            pending += self._draw(newest)
        self.pending = pending[FRAME_BYTES:]
        self._past = pending[:FRAME_BYTES]
        return self._past

    def is_short(self, newest: int, *, overtaking: bool) -> bool:
        """Half of the next frame is there and the rest may still come.

        `overtaking`: it may although later frames have come.
        """
        if not FRAME_BYTES // 2 <= len(self.pending) < FRAME_BYTES:
            return False
        return self.slot > newest or (overtaking and self.slot not in self.frames)

    def shortened(self, most_ms: float, gate: float, *, hasty: bool = False) -> bytes | None:
        """The next frame with up to `most_ms` left out; None if that cannot be."""
        if not self._gather(2 * FRAME_BYTES):
            return None
        most = int(most_ms * SAMPLES_PER_MS)
        return self._take(shorten(self._past, self.pending, most, gate, hasty=hasty))

    def lengthened(self, most_ms: float, gate: float, *, hasty: bool = False) -> bytes | None:
        """The next frame with up to `most_ms` put in; None if that cannot be."""
        if not self._gather(FRAME_BYTES) and len(self.pending) < FRAME_BYTES // 2:
            return None
        most = int(most_ms * SAMPLES_PER_MS)
        return self._take(lengthen(self._past, self.pending, most, gate, hasty=hasty))

    def skip(self, frames: int, newest: int) -> None:
        """Give up so many slots, but not the newest; the concealer joins the ends."""
        if newest <= self.slot:
            return
        given_up = 0
        for slot in range(self.slot, min(self.slot + frames, newest)):
            frame = self.frames.pop(slot, None)
            if frame:
                given_up += 1
            if self.frozen:
                self._stand_in(frame is _PAUSE)
            self.slot = slot + 1
        self._counts.late += given_up
        if given_up and not self.frozen:
            self._concealer.lost()

    def _take(self, made: Stretched | None) -> bytes | None:
        if made is None:
            return None
        self.pending = self.pending[2 * made.used :]
        self._past = made.pcm
        if made.used < FRAME_SAMPLES:
            self._counts.expanded_samples += FRAME_SAMPLES - made.used
        else:
            self._counts.accelerated_samples += made.used - FRAME_SAMPLES
        return made.pcm

    def _gather(self, size: int) -> bool:
        """Draw frames until `size` bytes are pending, while they are there."""
        while len(self.pending) < size:
            if not self.frames.get(self.slot):
                return False
            self.pending += self._draw(self.slot)
        return True

    def _draw(self, newest: int) -> bytes:
        """The frame at `slot`, or one in its place."""
        frame = self.frames.pop(self.slot, None)
        while not frame:
            if self.slot > newest:
                self.frozen += 1
                self._counts.concealed += 1
                return self._concealer.lost()
            self.slot += 1
            if not self.frozen:
                self._counts.paused += frame is _PAUSE
                self._counts.concealed += frame is None
                return self._concealer.lost()
            self._stand_in(frame is _PAUSE)
            frame = self.frames.pop(self.slot, None)
        self.slot += 1
        self.frozen = 0
        return self._concealer.good(frame)

    def _stand_in(self, paused: bool) -> None:
        """One of the frames made up before is found to have been in place of a slot."""
        self.frozen -= 1
        self._counts.paused += paused
        self._counts.concealed -= paused
