"""What `<Dial>` needs of the exchange and of its call, and what it knows of the calls it places."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from media.simulator.conference.hall import Hall
from media.simulator.line import Line
from media.simulator.program.ports import Ports
from media.simulator.records.call import Call, Ending
from media.simulator.twiml.verbs import Dial, DialNumber

Joined = Callable[[Line], Awaitable[None]]
"""Called with a leg's line when its owner may be joined; the leg ends when it returns."""


class Leg(Protocol):
    """A call that `<Dial>` has placed."""

    @property
    def call(self) -> Call:
        """Its record."""

    @property
    def ending(self) -> bool:
        """Whether it is over, or about to be."""

    def end(self, ending: Ending) -> None:
        """End it now; the first ending wins."""

    async def over(self) -> None:
        """Wait until it has ended."""


class LegRefused(Exception):
    """The number cannot be called; `code` is the debugger's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Switch:
    """The call whose document has the `<Dial>`, and who can connect it."""

    call: Call
    line: Line
    hall: Hall
    place: Callable[[DialNumber, Dial, Joined], Leg]
    """Calls a number. Raises `LegRefused`."""
    ports: Ports
