"""Money in integer micro-dollars, from and to dollars."""

from decimal import ROUND_UP, Decimal

MICROS_PER_USD = 1_000_000


def micros(usd: Decimal) -> int:
    """Dollars as micro-dollars, rounded up: never too little is reserved."""
    return int((usd * MICROS_PER_USD).to_integral_value(ROUND_UP))


def usd(amount_micros: int) -> Decimal:
    """Micro-dollars as dollars, exact."""
    return Decimal(amount_micros) / MICROS_PER_USD
