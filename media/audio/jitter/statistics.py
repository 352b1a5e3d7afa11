"""What a jitter buffer counted: packets in, frames out, samples stretched."""

from dataclasses import dataclass


@dataclass(slots=True)
class JitterStatistics:
    """Counts since the start. Every sample is accounted for:

    160 (frames - waited) = 160 (received - malformed - duplicates - late + concealed + paused)
    + expanded - accelerated - what the buffer holds.
    """

    received: int = 0
    malformed: int = 0
    duplicates: int = 0
    reordered: int = 0
    late: int = 0
    """Came after their time, or so late that playing them would break the longest delay."""
    resets: int = 0
    frames: int = 0
    """Calls of `get`."""
    played: int = 0
    """Of these, frames of sound that came in time."""
    waited: int = 0
    """Frames of silence before the stream begins, or begins again."""
    concealed: int = 0
    paused: int = 0
    """Frames in which the sender sent nothing, as its sequence numbers prove."""
    accelerated_samples: int = 0
    expanded_samples: int = 0
    delay_sum_ms: float = 0.0
    target_ms: float = 0.0

    @property
    def mean_delay_ms(self) -> float:
        """Of the frames played, over the fastest packet of the last 2 s."""
        return self.delay_sum_ms / self.played if self.played else 0.0
