"""What a call may cost at worst and did cost, product by product, in integer micro-dollars.

Carriers bill started minutes per call leg and per product, a completed call under a second as one
second, and nothing for a call that nobody answered (its answering-machine detection included).
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from dialer.errors import DialerError

MAX_SPEECH_CHARACTERS_PER_SECOND = 25
"""More than any voice says in a second. Measured over 15 sentences of calls: the voices of flite
and espeak speak 14 to 16 characters a second in the median and 20.2 at most (`flite:slt`)."""

CARRIER_CONNECTIVITY = "voice"
"""The product that the carrier's price of one call covers; it bills all others separately."""


class NoRate(DialerError):
    """A number whose prefix has no price: what it would cost is unknown, so it is not called."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"no price is known for calls to {number}",
            "Add its prefix to RATE_VOICE_BY_PREFIX, such as +44=0.0300",
        )
        self.number = number


@dataclass(frozen=True, slots=True)
class Price:
    """What one call costs: the part that the carrier's own price tells, and all of it."""

    connectivity_micros: int
    total_micros: int
    by_product: dict[str, int]


NOTHING = Price(0, 0, {})
"""The price of a call that nobody answered."""


@dataclass(frozen=True, slots=True)
class RateCard:
    """The prices of an account. `voice` maps number prefixes (`+1`, `+1907`) to micro-dollars per
    started minute, the longest match holds; `per_minute` maps the other products that bill started
    minutes (`stream`, `recording`, `llm`, `stt`); `amd` is per answered call.
    """

    voice: Mapping[str, int]
    per_minute: Mapping[str, int]
    amd_micros: int = 0
    tts_micros_per_million: int = 0
    """Micro-dollars per million characters spoken, so that a fraction of one per character fits."""

    def voice_micros(self, number: str) -> int:
        """The price of a started minute of connection to this number. Raises `NoRate`."""
        for length in range(len(number), 0, -1):
            price = self.voice.get(number[:length])
            if price is not None:
                return price
        raise NoRate(number)

    def cost(
        self, number: str, talk_seconds: int | None, *, amd: bool, tts_characters: int
    ) -> Price:
        """The price of a call that was answered for `talk_seconds`; None: nobody answered.

        Raises `NoRate`.
        """
        voice = self.voice_micros(number)
        if talk_seconds is None:
            return NOTHING
        minutes = -(-max(talk_seconds, 1) // 60)
        products = {CARRIER_CONNECTIVITY: minutes * voice}
        products |= {name: minutes * price for name, price in self.per_minute.items()}
        products["amd"] = self.amd_micros if amd else 0
        products["tts"] = -(-tts_characters * self.tts_micros_per_million // 1_000_000)
        billed = {name: amount for name, amount in products.items() if amount}
        return Price(products[CARRIER_CONNECTIVITY], sum(billed.values()), billed)

    def worst_micros(self, number: str, seconds: int, *, amd: bool) -> int:
        """The most that a call cut off after `seconds` can cost: answered at once, the agent
        speaking all the time. Raises `NoRate`.
        """
        characters = MAX_SPEECH_CHARACTERS_PER_SECOND * seconds
        return self.cost(number, seconds, amd=amd, tts_characters=characters).total_micros

    def longest_seconds(
        self, number: str, limit_micros: int, max_seconds: int, *, amd: bool
    ) -> int:
        """The longest call, at most `max_seconds`, whose worst case `limit_micros` pays for.

        0 when it does not pay for a minute, or for `max_seconds` if that is less. Raises `NoRate`.
        """

        def worst(seconds: int) -> int:
            return self.worst_micros(number, seconds, amd=amd)

        if worst(min(60, max_seconds)) > limit_micros:
            return 0
        return bisect_right(range(1, max_seconds + 1), limit_micros, key=worst)
