"""When to look for the echo's delay: often at first, seldom where nothing comes back."""

from media.audio.echo.aligner import Aligner
from media.audio.echo.reference import FarReference

_ACTIVE_FRAMES = 10
"""Of the reference, before a search makes sense: 200 ms."""
_EVERY_FRAMES, _SELDOM_FRAMES = 4, 50
_KEEN_SEARCHES = 16
_AFTER_FRAMES = 36


class Search:
    """Spends the aligner's work where a delay is to be found. One per call."""

    def __init__(self, reference: FarReference) -> None:
        self._aligner = Aligner(reference.span)
        self.heard = self._aligner.heard
        self.coupling = self._aligner.coupling
        self._active = self._since = self._searches = 0
        self._left = 0

    @property
    def pending(self) -> bool:
        """Is the far end silent for so short a time that its echo may be on its way?"""
        return self._left > 0

    @property
    def under_way(self) -> bool:
        """Is a search begun and not ended?"""
        return self._aligner.searching

    def step(self, heard_to: int, active: bool, keen: bool) -> int | None:
        """One frame's share; `heard_to` is the end of the microphone's last frame.

        `keen`: is there something in the microphone that may be echo?

        The delay at which the echo begins in samples, when it was found just now.
        """
        self._since += 1
        if active:
            self._active += 1
            self._left = _AFTER_FRAMES
        else:
            self._left -= 1
        aligner = self._aligner
        if not aligner.searching and not self._due(keen):
            return None
        return self._done(aligner.step(heard_to))

    def _due(self, keen: bool) -> bool:
        often = keen or self._searches < _KEEN_SEARCHES
        every = _EVERY_FRAMES if often else _SELDOM_FRAMES
        if self._active < _ACTIVE_FRAMES or self._since < every:
            return False
        self._since = 0
        self._searches += 1
        return True

    def _done(self, found: int | None) -> int | None:
        if found is not None:
            self._active = 0
            self._searches = 0
            self._aligner.restart()
        return found
