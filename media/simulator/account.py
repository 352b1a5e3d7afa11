"""What the carrier knows of its customer, and how this carrier behaves."""

from collections.abc import Mapping
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
    verified: frozenset[str] = frozenset()
    """Caller ids that are not owned, and whom a trial account may call."""
    trial: bool = False
    suspended: bool = False
    queue_hours: float = 24.0
    """A call that waited so long is canceled without a word."""
    rest_at_once: int = 100
    """REST requests that may run at the same time; the next is refused (20429)."""
    countries: tuple[str, ...] = ("+1",)
    """Prefixes that the geographic permissions allow."""
    blocked: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    per_minute: Decimal = Decimal("0.0140")
    """US dollars per started minute."""
    per_minute_by_prefix: dict[str, Decimal] = field(
        default_factory=lambda: {"+1907": Decimal("0.0900")}
    )
    """Dearer destinations; the longest prefix counts."""
    detection_errors: Mapping[str, float] = field(default_factory=dict)
    """Share (0-1) of wrong verdicts of machine detection by the right one, as `human: 0.02`."""
    detection_per_call: Decimal = Decimal("0.0075")
    """US dollars per call with machine detection; in the usage records only."""
    recording_per_minute: Decimal = Decimal("0.0025")
    """US dollars per started minute of a recording."""
    stream_per_minute: Decimal = Decimal("0.0044")
    """US dollars per started minute of a call with a media stream; in the usage records only."""
    price_delay_s: float = 2.0
    recording_delay_s: float = 1.0
    """From the end of a recording until its sound is there."""
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

    def rate(self, to: str) -> Decimal:
        """US dollars per started minute to this number."""
        prefixes = [one for one in self.per_minute_by_prefix if to.startswith(one)]
        if not prefixes:
            return self.per_minute
        return self.per_minute_by_prefix[max(prefixes, key=len)]
