"""Circular buffer of 20 ms frames: bytes of any length in, views of whole frames out."""

from dataclasses import dataclass

from media.audio.cost import CostHistogram
from media.audio.g711 import FRAME_BYTES
from media.audio.pcm import Sound

_SPARE = 2
"""Slots besides the frames that wait: the one being filled and the one last given out."""


@dataclass(frozen=True, slots=True)
class BufferStatistics:
    """Counts in frames, `dropped_samples` in samples; latency in ms from whole to taken."""

    frames_in: int
    frames_out: int
    underruns: int
    overruns: int
    dropped_samples: int
    latency_mean_ms: float
    latency_p95_ms: float
    latency_max_ms: float


class AudioBufferManager:
    """Holds up to `frames` whole frames of `frame_bytes`; `sample_bytes` is 1 for mu-law, 2 for
    PCM s16le. Time is an argument, in ns of any steady clock.

    Nothing is copied on the way out: `pop` gives a read-only view of the frame's place, good for
    `g711.decode` and `np.frombuffer`. Its bytes stay until the next `pop`; where the buffer
    overruns, as `statistics` tells, or is cleared before that, newer ones may replace them. Not
    thread-safe.
    """

    def __init__(
        self, frames: int = 50, frame_bytes: int = FRAME_BYTES, sample_bytes: int = 1
    ) -> None:
        if frames < 1 or sample_bytes < 1 or frame_bytes < 1 or frame_bytes % sample_bytes:
            raise ValueError("a buffer holds at least one frame of whole samples")
        self._most = frames
        self._frame_bytes, self._sample_bytes = frame_bytes, sample_bytes
        self._slots = frames + _SPARE
        whole = memoryview(bytearray(self._slots * frame_bytes))
        self._places = [whole[n * frame_bytes :][:frame_bytes] for n in range(self._slots)]
        self._views = [place.toreadonly() for place in self._places]
        self._whole_ns = [0] * self._slots
        self._write = self._read = self._begun = self._waiting = 0
        self._frames_in = self._frames_out = self._underruns = self._overruns = 0
        self._latency = CostHistogram()
        self._longest_ns = 0

    def __len__(self) -> int:
        """Whole frames that wait."""
        return self._waiting

    def push(self, chunk: Sound, now_ns: int) -> None:
        """Take bytes of any length; of too many the oldest frames are dropped, and counted."""
        if self._begun or len(chunk) != self._frame_bytes:
            self._push_odd(memoryview(chunk), now_ns)
            return
        self._places[self._write][:] = chunk
        self._close_frame(now_ns)

    def _push_odd(self, rest: memoryview, now_ns: int) -> None:
        while rest:
            piece = rest[: self._frame_bytes - self._begun]
            end = self._begun + len(piece)
            self._places[self._write][self._begun : end] = piece
            self._begun = end % self._frame_bytes
            if not self._begun:
                self._close_frame(now_ns)
            rest = rest[len(piece) :]

    def _close_frame(self, now_ns: int) -> None:
        self._whole_ns[self._write] = now_ns
        self._write = (self._write + 1) % self._slots
        self._frames_in += 1
        if self._waiting < self._most:
            self._waiting += 1
        else:
            self._overruns += 1
            self._read = (self._read + 1) % self._slots

    def pop(self, now_ns: int) -> memoryview | None:
        """The oldest frame; None, and an underrun, when no frame is whole."""
        if not self._waiting:
            self._underruns += 1
            return None
        slot = self._read
        self._read = (slot + 1) % self._slots
        self._waiting -= 1
        self._frames_out += 1
        waited_ns = now_ns - self._whole_ns[slot]
        self._latency.add(waited_ns)
        if waited_ns > self._longest_ns:
            self._longest_ns = waited_ns
        return self._views[slot]

    def complete(self, filler: int, now_ns: int) -> None:
        """End a begun frame with a byte, such as mu-law's silence, at a gap or the end."""
        if self._begun:
            self.push(bytes([filler]) * (self._frame_bytes - self._begun), now_ns)

    def clear(self) -> None:
        """Forget the sound that waits; the statistics go on."""
        self._read, self._waiting, self._begun = self._write, 0, 0

    @property
    def statistics(self) -> BufferStatistics:
        """The account so far. The quantile is exact to 9 %."""
        return BufferStatistics(
            self._frames_in,
            self._frames_out,
            self._underruns,
            self._overruns,
            self._overruns * self._frame_bytes // self._sample_bytes,
            self._latency.mean_us / 1000,
            self._latency.quantile_us(0.95) / 1000,
            self._longest_ns / 1e6,
        )
