"""What happened at a callee's end of the line, for the report and the tests."""

from dataclasses import dataclass, field

from media.simulator.people.ear import Spurt


@dataclass(frozen=True, slots=True)
class Words:
    """One utterance of the callee; samples since the pickup.

    `aside` is a listener's small sound, which no answer is owed to.
    """

    name: str
    started: int
    ended: int
    aside: bool = False


@dataclass(slots=True)
class Diary:
    """Times in samples since the pickup."""

    heard: list[Spurt] = field(default_factory=list)
    said: list[Words] = field(default_factory=list)
    pressed: str = ""
    hung_up: bool = False
    understood: list[str] = field(default_factory=list)
    """The words of each talk spurt, where the callee reacts to words."""
