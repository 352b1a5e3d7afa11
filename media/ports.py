"""What the live call needs from outside, given by the worker that carries it."""

from typing import Any, Protocol

from media.agent.port import AgentTools, Snapshot


class StreamTransport(Protocol):
    """The carrier's media stream: JSON text messages both ways, relayed untouched."""

    async def receive(self) -> str | None:
        """The next message; None when the stream is closed."""

    async def send(self, message: str) -> None:
        """Send one message; silently ignored when the stream is closed."""

    async def close(self) -> None:
        """Let go of the stream."""


class CallPorts(AgentTools, Protocol):
    """The dialer's side of one live call."""

    async def hang_up(self) -> None:
        """End the call at the carrier."""

    async def save(self, snapshot: Snapshot) -> None:
        """Keep the agent's state where another media worker finds it."""

    async def publish(self, event: dict[str, Any]) -> None:
        """Tell the live board what happens (JSON values)."""
