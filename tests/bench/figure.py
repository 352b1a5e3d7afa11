"""One measured figure with its unit, direction, target and rival."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """`better` says which direction is good; `target` is the limit that we set ourselves."""

    part: str
    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    target: float | None = None
    rival: str | None = None
    rival_value: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
