"""Adaptive jitter buffer: packets as they come in, one 20 ms frame out at each tick of a clock."""

from media.audio.concealment.port import Concealer
from media.audio.jitter.delay import DelayEstimator
from media.audio.jitter.line import FRAME_BYTES, FrameLine
from media.audio.jitter.order import FRAME_MS, NOT_NEXT, Order, PacketOrder
from media.audio.jitter.statistics import JitterStatistics

_ABOVE_MS, _BELOW_MS = 8.0, -5.0
"""How far from the target the delay may be before it is changed."""
_LEAST_STEP_MS = 5.0
"""Time stretching takes no smaller steps."""
_SCARCE_MS = 60.0
"""What is left to play when a stall makes stretching worth its while."""
_LAST_MS, _LAST_LATENESS_MS = 40.0, 25.0
"""With less than two frames left even a packet late by this makes it so: it is the last chance."""
_IDLE_FRAMES = 50
"""After a second of nothing the sender has paused; what comes then starts anew."""
_RESET_EARLY_MS, _RESET_LATE_MS = -60.0, 1000.0
"""A stream counting anew whose packets come within this of the time expected kept its pace."""
_USUAL_GATE, _HASTY_GATE, _STALL_GATE = 0.85, 0.5, -1.0
"""Likeness asked of the waves to be joined. In a stall none: concealment would not ask either."""
_HASTE_MS = 60.0
"""Delay in excess of the target from which on less likeness is asked, and longer cuts are made."""


class AdaptiveJitterBuffer:
    """Play-out delay after NetEQ (WebRTC), for consumers with a clock; one stream, one thread.

    The delay follows a quantile of the latest packets and is changed by time stretching: little
    by little towards the target, and as much as it takes when a stall has begun, so that the
    delay held in calm may be shorter than the longest stall. Bad packets are counted, not raised.
    """

    def __init__(
        self,
        concealer: Concealer,
        *,
        minimum_ms: float = 40.0,
        maximum_ms: float = 200.0,
        ticks_per_ms: int = 8,
    ) -> None:
        """Timestamps count `ticks_per_ms`: 8 are samples (RTP), 1 milliseconds.

        Raises ValueError unless 0 <= minimum_ms <= maximum_ms and ticks_per_ms >= 1.
        """
        if not 0 <= minimum_ms <= maximum_ms or ticks_per_ms < 1:
            raise ValueError(
                "a jitter buffer needs 0 <= minimum_ms <= maximum_ms, ticks_per_ms >= 1"
            )
        self._maximum = maximum_ms
        self._counts = JitterStatistics()
        self._delay = DelayEstimator(minimum_ms, maximum_ms)
        self._order = PacketOrder(int(FRAME_MS) * ticks_per_ms)
        self._line = FrameLine(concealer, self._counts)
        self._playing = False
        self._pace = 0

    @property
    def statistics(self) -> JitterStatistics:
        """Live: it goes on counting."""
        self._counts.target_ms = self._delay.target_ms
        return self._counts

    @property
    def held_samples(self) -> int:
        """Received and not yet played."""
        line = self._line
        return (sum(map(len, line.frames.values())) + len(line.pending)) // 2

    def put(self, frame: bytes, timestamp: int, sequence: int, arrival_ms: float) -> None:
        """One packet, 320 bytes PCM s16le, as it arrives; `arrival_ms` is on the clock of `get`.

        `timestamp` is of its first sample; `sequence` counts packets, 0 throughout if unknown.
        """
        counts = self._counts
        counts.received += 1
        if len(frame) != FRAME_BYTES:
            counts.malformed += 1
            return
        slot = self._order.follow(timestamp, sequence)
        if slot == NOT_NEXT:
            sent_ms = arrival_ms - self._delay.base_ms
            slot, order = self._order.place(timestamp, sequence, sent_ms)
            if order is Order.DUPLICATE:
                counts.duplicates += 1
                return
            self._judge(slot, order, arrival_ms - slot * FRAME_MS)
        self._delay.arrived(arrival_ms - slot * FRAME_MS)
        self._line.put(slot, frame)

    def _judge(self, slot: int, order: Order, transit_ms: float) -> None:
        if order is Order.REORDERED:
            self._counts.reordered += 1
        elif order is Order.PAUSED:
            self._line.pause(slot)
        elif order is Order.RESET:
            self._counts.resets += 1
            if not _RESET_EARLY_MS <= transit_ms - self._delay.base_ms <= _RESET_LATE_MS:
                self._delay.restart(transit_ms)
        elif slot == 0:
            self._delay.restart(transit_ms)

    def get(self, now_ms: float) -> bytes:
        """The next 20 ms to play: always 320 bytes PCM s16le. To be called every 20 ms."""
        counts, line, newest = self._counts, self._line, self._order.newest
        counts.frames += 1
        if not self._playing:
            return self._wait(now_ms)
        delay = now_ms - self._delay.base_ms - line.cursor_ms()
        if delay > self._maximum + FRAME_MS:
            line.skip(int((delay - self._maximum) / FRAME_MS), newest)
            delay = now_ms - self._delay.base_ms - line.cursor_ms()
        frame = self._adapted(delay) or line.next(newest)
        if line.frozen:
            self._playing = line.frozen < _IDLE_FRAMES
        else:
            counts.played += 1
            counts.delay_sum_ms += delay
        return frame

    def _wait(self, now_ms: float) -> bytes:
        """Before the stream begins, or begins again: until its first packet is old enough."""
        self._counts.waited += 1
        if self._line.rewind():
            due_ms = self._delay.base_ms + self._line.cursor_ms() + self._delay.target_ms
            self._playing = now_ms + FRAME_MS >= due_ms
        return self._line.silence()

    def _adapted(self, delay: float) -> bytes | None:
        """A stretched frame when the delay is to change, and the sound lends itself to it."""
        line = self._line
        held = line.held_ms(self._order.newest)
        if self._runs_dry(held, delay - held):
            return line.lengthened(self._delay.ceiling_ms - delay, _STALL_GATE, hasty=True)
        excess = delay - self._delay.target_ms
        if not self._pace:
            if _BELOW_MS < excess < _ABOVE_MS:
                return None
            self._pace = 1 if excess > 0 else -1
        return self._approach(excess * self._pace)

    def _runs_dry(self, held: float, lateness: float) -> bool:
        """The next packet is later than is usual, or late and needed at the next tick."""
        if held < _SCARCE_MS and lateness > self._delay.stall_ms:
            return True
        if held < _LAST_MS and lateness > _LAST_LATENESS_MS:
            return True
        return self._line.is_short(self._order.newest, overtaking=self._counts.reordered > 0)

    def _approach(self, distance: float) -> bytes | None:
        """A step towards the target, until it is reached."""
        if distance < _LEAST_STEP_MS:
            self._pace = 0
            return None
        if self._pace < 0:
            return self._line.lengthened(distance, _USUAL_GATE)
        hasty = distance > _HASTE_MS
        return self._line.shortened(distance, _HASTY_GATE if hasty else _USUAL_GATE, hasty=hasty)
