"""What a call may cost and did cost, in integer micro-dollars.

Carriers bill started minutes per product (per call leg, and per media stream), and nothing for
a call that was not answered. The reservation is the worst case: every minute up to the limit.
"""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

MICROS_PER_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Micro-dollars per started minute, all products of a call together."""

    per_minute_micros: int

    def cost(self, seconds: int) -> int:
        """The price of an answered call of `seconds`; a call under a second bills as one."""
        return -(-max(seconds, 1) // 60) * self.per_minute_micros


def micros(usd: Decimal) -> int:
    """Dollars as micro-dollars, rounded up: never too little is reserved."""
    return int((usd * MICROS_PER_USD).to_integral_value(ROUND_UP))


def usd(amount_micros: int) -> Decimal:
    """Micro-dollars as dollars, exact."""
    return Decimal(amount_micros) / MICROS_PER_USD


def time_limit(rates: Rates, limit_micros: int, max_seconds: int) -> int:
    """The longest call in seconds that `limit_micros` pays for; 0 when not even a minute."""
    if rates.per_minute_micros == 0:
        return max_seconds
    return min(max_seconds, limit_micros // rates.per_minute_micros * 60)
