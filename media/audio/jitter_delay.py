"""How long sound must wait so that late packets still come in time: a quantile of late arrivals.

After the delay manager of WebRTC's NetEQ: a histogram, that forgets, of the latest packet of each
half second, as its delay over the fastest packet of the last two seconds.
"""

from collections import deque

START_DELAY_MS = 80.0
_QUANTILE = 0.95
_CEILING_QUANTILE = 0.985
_FORGET = 0.983
_START_FORGET_WEIGHT = 2.0
_BLOCK_PACKETS = 25
"""500 ms of sound."""
_PRIOR_BLOCKS = 8
_MARGIN_MS = 5.0
_CEILING_MARGIN_MS = 40.0
_WINDOW_BLOCKS = 4
"""2 s, the reach of the minimum."""
_BUCKET_MS = 10.0
_BUCKETS = 50
_STRETCH_FROM_MS = 60.0
_STRETCH_SHARE = 0.4
"""Of a delay beyond `_STRETCH_FROM_MS`, what stretching gains in time once a stall has begun."""


class DelayEstimator:
    """Fed with the transit time of each packet; gives the delay to hold and the one to reach.

    `base_ms` is the least transit of the window, to which all delays are relative; `target_ms`
    the delay to hold; `ceiling_ms` the delay up to which a stall under way is worth stretching.
    """

    __slots__ = (
        "_block_count",
        "_block_max",
        "_block_min",
        "_closed",
        "_histogram",
        "_maximum",
        "_minima",
        "_minimum",
        "base_ms",
        "ceiling_ms",
        "target_ms",
    )

    def __init__(self, minimum_ms: float, maximum_ms: float) -> None:
        self._minimum, self._maximum = minimum_ms, maximum_ms
        self._histogram = [0.0] * _BUCKETS
        self._histogram[int(START_DELAY_MS / _BUCKET_MS) - 1] = 1.0
        self._closed = _PRIOR_BLOCKS
        self._minima: deque[float] = deque(maxlen=_WINDOW_BLOCKS)
        self.target_ms = self._clamp(START_DELAY_MS)
        self.ceiling_ms = self.target_ms
        self.restart(0.0)

    def restart(self, transit_ms: float) -> None:
        """The stream's clock changed: transit times from here on have nothing to do with before."""
        self._minima.clear()
        self._block_count = 0
        self.base_ms = self._block_min = self._block_max = transit_ms

    def arrived(self, transit_ms: float) -> None:
        """Arrival time less sending time of one packet, in ms of any two clocks."""
        if transit_ms > self._block_max:
            self._block_max = transit_ms
            if transit_ms - self.base_ms > self.ceiling_ms:
                self._aim()
        elif transit_ms < self._block_min:
            self._block_min = transit_ms
            if transit_ms < self.base_ms:
                self.base_ms = transit_ms
        self._block_count += 1
        if self._block_count >= _BLOCK_PACKETS:
            self._close(transit_ms)

    def _close(self, transit_ms: float) -> None:
        forget, bucket = self._forget(), self._bucket()
        self._histogram = [weight * forget for weight in self._histogram]
        self._histogram[bucket] += 1 - forget
        self._closed += 1
        self._minima.append(self._block_min)
        self.base_ms = min(self._minima)
        self._block_count = 0
        self._block_min = self._block_max = transit_ms
        self._aim()

    def _forget(self) -> float:
        return max(0.0, _FORGET * (1 - _START_FORGET_WEIGHT / (self._closed + 2)))

    def _bucket(self) -> int:
        return min(_BUCKETS - 1, int((self._block_max - self.base_ms) / _BUCKET_MS))

    def _aim(self) -> None:
        peak = self._quantile(_QUANTILE)
        gained = _STRETCH_SHARE * max(0.0, peak - _STRETCH_FROM_MS)
        self.target_ms = self._clamp(peak - gained + _MARGIN_MS)
        self.ceiling_ms = self._clamp(self._quantile(_CEILING_QUANTILE) + _CEILING_MARGIN_MS)

    def _quantile(self, share: float) -> float:
        """With the block under way counted as if it ended now."""
        forget, bucket = self._forget(), self._bucket()
        below = 0.0
        for index, weight in enumerate(self._histogram):
            inside = weight * forget + (1 - forget if index == bucket else 0.0)
            if below + inside >= share:
                return _BUCKET_MS * (index + (share - below) / inside)
            below += inside
        return _BUCKET_MS * _BUCKETS

    def _clamp(self, delay_ms: float) -> float:
        return min(self._maximum, max(self._minimum, delay_ms))
