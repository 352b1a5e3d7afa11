"""Which of the offered appointment slots a caller means."""

import re

from media.engines.llm.intents import negated, polarity
from media.engines.llm.port import OfferedSlot
from media.engines.llm.spoken_time import SpokenTime, hour24, parse_time
from media.engines.llm.words import matches, phrases

_FIRST = phrases("first", "earlier", "earliest", "former", "sooner", "number 1", "1st")
_SECOND = phrases("second", "latter", "last", "later", "number 2", "2nd", "other")
_ANY = phrases(
    "either", "any", "both", "whichever", "whatever", "doesnt matter", "dont care", "you choose",
    "you pick", "up to you",
)  # fmt: skip
_REFUSAL = phrases(
    "neither", "none", "cant", "doesnt work", "dont work", "wont work", "not good", "no good",
    "something else", "another (time|day)", "different (time|day)", "other (times|days)",
    "anything else", "what else", "not available",
)  # fmt: skip


def choose(text: str, offered: tuple[OfferedSlot, ...]) -> OfferedSlot | None:
    """The one slot that is meant, or None when none or more than one fits."""
    clause = _last_clause(text)
    spoken = parse_time(_without_ordinals(clause))
    if matches(_ANY, clause) and offered and not matches(_REFUSAL, clause):
        return offered[0]
    if matches(_REFUSAL, clause) or (negated(clause) and not spoken):
        return None
    if spoken and not negated(clause):
        fitting = [slot for slot in offered if fits(slot, spoken)]
        return fitting[0] if len(fitting) == 1 else None
    if len(offered) > 1 and matches(_SECOND, clause):
        return offered[1]
    if offered and matches(_FIRST, clause):
        return offered[0]
    return offered[0] if len(offered) == 1 and polarity(clause) == "yes" else None


def refuses(text: str, offered: tuple[OfferedSlot, ...]) -> bool:
    """Whether the caller turns the offered slots down or names a time that was not offered."""
    spoken = parse_time(_without_ordinals(text))
    if matches(_REFUSAL, text) or negated(text):
        return True
    return spoken is not None and not any(fits(slot, spoken) for slot in offered)


def fits(slot: OfferedSlot, spoken: SpokenTime) -> bool:
    """Whether everything that was said of the time agrees with the slot."""
    start = slot.starts_at
    hour = hour24(spoken)
    if spoken.weekday is not None and spoken.weekday != start.weekday():
        return False
    if spoken.month_day is not None and spoken.month_day != start.day:
        return False
    if hour is not None:
        same = hour == start.hour or (spoken.mark is None and hour % 12 == start.hour % 12)
        return same and spoken.minute == start.minute
    if spoken.period == "morning":
        return start.hour < 12
    if spoken.period in ("afternoon", "lunch"):
        return 12 <= start.hour < 17
    if spoken.period in ("evening", "night"):
        return start.hour >= 17
    return spoken.weekday is not None or spoken.month_day is not None


def _last_clause(text: str) -> str:
    """What follows "but": "I can't do ten but two works" is about two."""
    return re.split(r"\bbut\b", text)[-1]


def _without_ordinals(text: str) -> str:
    return re.sub(r"\b(1st|2nd|number \d)\b", " ", text)
