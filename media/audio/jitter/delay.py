"""How long sound must wait so that late packets still come in time: quantiles of late arrivals.

After the delay manager of WebRTC's NetEQ: a histogram, that forgets, of the latest packet of each
half second, as its delay over the fastest packet of the last two seconds.
"""

from collections import deque
from collections.abc import Iterator

START_DELAY_MS = 80.0
STALL_MS = 30.0
"""No packet earlier than this is the head of a burst."""
_STALL_QUANTILE, _TARGET_QUANTILE, _CEILING_QUANTILE = 0.4, 0.96, 0.985
_CEILING_MARGIN_MS = 40.0
_STRETCH_SHARE = 0.45
"""Stretching from the moment a stall shows gains this share of the time that it still lasts."""
_FORGET = 0.983
_START_FORGET_WEIGHT = 2.0
_PRIOR_BLOCKS = 4
"""The histogram starts as if so many half seconds of the start delay had been seen."""
_BLOCK_PACKETS = 25
"""500 ms of sound."""
_WINDOW_BLOCKS = 4
"""2 s, the reach of the minimum."""
_BUCKET_MS = 10.0
_BUCKETS = 50


class DelayEstimator:
    """Fed with the transit time of each packet, in ms between any two clocks.

    `base_ms` is the least transit of the window, to which all delays are relative. `target_ms` is
    the delay to hold: less than the quantile, by what stretching can gain once a stall shows.
    `stall_ms` is the lateness of the next packet that shows one, and `ceiling_ms` the delay up to
    which stretching may then go.
    """

    __slots__ = (
        "_block_max",
        "_block_min",
        "_block_packets",
        "_blocks",
        "_histogram",
        "_maximum",
        "_minima",
        "_minimum",
        "base_ms",
        "ceiling_ms",
        "stall_ms",
        "target_ms",
    )

    def __init__(self, minimum_ms: float, maximum_ms: float) -> None:
        self._minimum, self._maximum = minimum_ms, maximum_ms
        self._histogram = [0.0] * _BUCKETS
        self._histogram[int(START_DELAY_MS / _BUCKET_MS) - 1] = 1.0
        self._blocks = _PRIOR_BLOCKS
        self._minima: deque[float] = deque(maxlen=_WINDOW_BLOCKS)
        self.target_ms = self.ceiling_ms = self._clamp(START_DELAY_MS)
        self.stall_ms = STALL_MS
        self.restart(0.0)

    def restart(self, transit_ms: float) -> None:
        """The sender's clock changed: transit times from here on are not those of before."""
        self._minima.clear()
        self._block_packets = 0
        self.base_ms = self._block_min = self._block_max = transit_ms

    def arrived(self, transit_ms: float) -> None:
        """Arrival less sending time of one packet; an unusually late one counts at once."""
        if transit_ms > self._block_max:
            self._block_max = transit_ms
            if transit_ms - self.base_ms > self.target_ms:
                self._aim()
        elif transit_ms < self._block_min:
            self._block_min = transit_ms
            if transit_ms < self.base_ms:
                self.base_ms = transit_ms
        self._block_packets += 1
        if self._block_packets == _BLOCK_PACKETS:
            self._close(transit_ms)

    def _close(self, transit_ms: float) -> None:
        self._histogram = list(self._weights())
        self._blocks += 1
        self._minima.append(self._block_min)
        self.base_ms = min(self._minima)
        self._block_packets = 0
        self._block_min = self._block_max = transit_ms
        self._aim()

    def _weights(self) -> Iterator[float]:
        """The histogram as it is if the block under way ends now."""
        forget = _FORGET * (1 - _START_FORGET_WEIGHT / (self._blocks + 2))
        latest = min(_BUCKETS - 1, int((self._block_max - self.base_ms) / _BUCKET_MS))
        for index, weight in enumerate(self._histogram):
            yield weight * forget + (1 - forget if index == latest else 0.0)

    def _aim(self) -> None:
        usual, peak, extreme = self._quantiles()
        self.stall_ms = max(STALL_MS, usual)
        gained = _STRETCH_SHARE * max(0.0, peak - self.stall_ms - STALL_MS)
        self.target_ms = self._clamp(peak - gained)
        self.ceiling_ms = self._clamp(extreme + _CEILING_MARGIN_MS)

    def _quantiles(self) -> list[float]:
        """Of the three shares, each interpolated within its bucket."""
        shares = iter((_STALL_QUANTILE, _TARGET_QUANTILE, _CEILING_QUANTILE))
        share, below, found = next(shares), 0.0, []
        for index, weight in enumerate(self._weights()):
            while below + weight >= share:
                found.append(_BUCKET_MS * (index + (share - below) / weight))
                share = next(shares, 2.0)
            below += weight
        return found

    def _clamp(self, delay_ms: float) -> float:
        return min(self._maximum, max(self._minimum, delay_ms))
