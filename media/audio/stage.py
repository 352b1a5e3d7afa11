"""One place of the audio path, with the engines that can take it, best first."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Engine = TypeVar("Engine")

Maker = tuple[str, Callable[[], Engine]]
"""An engine's name and how it is made; it may raise."""


class Stage(Generic[Engine]):
    """`engine` is the one at work, None when none is left: the sound then passes untouched.

    An engine that cannot be made, or that fails in the call, is replaced by the next; each time
    `warn` is told a sentence for the log and the call record.
    """

    def __init__(
        self, name: str, makers: Sequence[Maker[Engine]], warn: Callable[[str], None]
    ) -> None:
        self._name = name
        self._makers = list(makers)
        self._warn = warn
        self.engine: Engine | None = None
        self.engine_name = "off"
        self._next()

    def _next(self) -> None:
        self.engine, self.engine_name = None, "off"
        while self._makers and self.engine is None:
            name, make = self._makers.pop(0)
            try:
                self.engine, self.engine_name = make(), name
            except Exception as error:
                self._fell(name, error)

    def failed(self, error: Exception) -> None:
        """The engine at work broke: the next one takes over, new to the call."""
        name = self.engine_name
        self._makers = [maker for maker in self._makers if maker[0] != name]
        self._fell(name, error)
        self._next()

    def _fell(self, name: str, error: Exception) -> None:
        then = self._makers[0][0] if self._makers else "nothing"
        self._warn(f"{self._name}: {name} failed ({error}); {then} takes over")
