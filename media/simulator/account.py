"""What the carrier knows of its customer, and how this carrier behaves."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials, owned numbers, limits and prices. Delays in seconds."""

    sid: str
    auth_token: str
    numbers: frozenset[str]
    cps: float = 1.0
    """Calls per second that leave the queue; the excess waits in it."""
    max_calls: int | None = None
    """Concurrent calls that the account may have; None for no limit."""
    limit_fails_call: bool = False
    """Whether a call above `max_calls` is accepted and fails, instead of being refused (10004)."""
    countries: tuple[str, ...] = ("+1",)
    """Prefixes that the geographic permissions allow."""
    blocked: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    per_minute: Decimal = Decimal("0.0140")
    """US dollars per started minute."""
    stream_per_minute: Decimal = Decimal("0.0044")
    """US dollars per started minute of a call with a media stream; in the usage records only."""
    price_delay_s: float = 2.0
    balance: Decimal = Decimal("100.00")
    ring_scale: float = 1.0
    """Multiplies ring times and post-dial delays; 0 for tests that do not want to wait."""
    post_dial_s: tuple[float, float] = (0.5, 2.0)
    voice: str = "slt"
    """The local voice that speaks `<Say>`."""
    plain_loopback: bool = True
    """Whether `wss://` to this machine is really connected as `ws://`."""
    keys: dict[str, str] = field(default_factory=dict)
    """API keys: `SK...` -> secret."""
