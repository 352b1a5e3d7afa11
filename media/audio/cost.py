"""What a stage of the audio path costs, as a histogram of durations."""

_STEPS = 8
"""Buckets an octave: a quantile is exact to 9 %."""
_OCTAVES = 40


class CostHistogram:
    """Counts durations in ns in buckets of an eighth of an octave (an HDR histogram's idea)."""

    __slots__ = ("_counts", "count", "total_ns")

    def __init__(self) -> None:
        self._counts = [0] * (_OCTAVES * _STEPS)
        self.count = 0
        self.total_ns = 0

    def add(self, ns: int) -> None:
        """One duration; what is outside the range goes to its end."""
        octave = ns.bit_length()
        if octave < 4:
            index = max(0, ns)
        else:
            index = min((octave - 3) * _STEPS + (ns >> (octave - 4)) - 8, len(self._counts) - 1)
        self._counts[index] += 1
        self.count += 1
        self.total_ns += ns

    @property
    def mean_us(self) -> float:
        """Microseconds; 0 when nothing was counted."""
        return self.total_ns / self.count / 1000 if self.count else 0.0

    def quantile_us(self, share: float) -> float:
        """The upper edge of the bucket that holds the `share` quantile, in microseconds."""
        rank = share * self.count
        below = 0
        for index, count in enumerate(self._counts):
            below += count
            if count and below >= rank:
                return _upper_edge_ns(index) / 1000
        return 0.0


def _upper_edge_ns(index: int) -> int:
    if index < _STEPS:
        return index
    octave, step = divmod(index, _STEPS)
    return ((step + 9) << octave) // 2 - 1
