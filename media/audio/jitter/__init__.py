"""The adaptive jitter buffer, for consumers with a play-out clock: a bridge, a listener."""

from media.audio.jitter.buffer import AdaptiveJitterBuffer
from media.audio.jitter.statistics import JitterStatistics

__all__ = ["AdaptiveJitterBuffer", "JitterStatistics"]
