"""Response times as the callee's ear has them, in milliseconds between samples on the line."""

_SAMPLES_PER_MS = 8


class Stopwatch:
    """Measures voice to voice: the callee's last sample to the answer's first loud sample.

    Only answers count: nothing is measured when the agent was already talking at the callee's
    last sample, or when the callee went on talking before an answer came. For an interruption it
    measures how long the agent went on talking after the callee's first sample.
    """

    def __init__(self) -> None:
        self.voice_to_voice_ms: list[int] = []
        self.yield_ms: list[int] = []
        self._waiting_since: int | None = None
        self._interrupted_at: int | None = None

    def callee_started(self, at: int, agent_talking: bool) -> None:
        """The callee's first sample is at `at`."""
        self._waiting_since = None
        self._interrupted_at = at if agent_talking else None

    def callee_stopped(self, at: int, agent_talking: bool) -> None:
        """The callee's last sample is at `at`."""
        self._waiting_since = None if agent_talking else at

    def agent_started(self, at: int) -> None:
        """The agent's first loud sample is at `at`."""
        if self._waiting_since is not None and at >= self._waiting_since:
            self.voice_to_voice_ms.append((at - self._waiting_since) // _SAMPLES_PER_MS)
        self._waiting_since = None

    def agent_stopped(self, at: int) -> None:
        """The agent's last loud sample was at `at`; told late, after the gap."""
        if self._interrupted_at is not None and at > self._interrupted_at:
            self.yield_ms.append((at - self._interrupted_at) // _SAMPLES_PER_MS)
        self._interrupted_at = None
