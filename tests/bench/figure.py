"""One measured figure with its unit, direction, target and rival."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
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


def beside(figure: Figure, rivals: Mapping[str, float]) -> Iterator[Figure]:
    """The figure once for each rival, or once alone."""
    if not rivals:
        yield figure
    for name, value in rivals.items():
        yield replace(figure, rival=name, rival_value=value)


def as_json(figures: Iterable[Figure]) -> str:
    """A list of objects with the fields of `Figure`; the rival's only where there is one.

    A target that nobody set is null. Raises ValueError for a value that is no finite number.
    """
    told = [asdict(figure) for figure in figures]
    for one in told:
        if one["rival_value"] is None:
            del one["rival"], one["rival_value"]
    return json.dumps(told, indent=2, allow_nan=False)


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
