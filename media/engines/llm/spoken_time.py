"""Times as people say them ("tomorrow at three", "in an hour"), parsed but not yet resolved."""

import re
from dataclasses import dataclass

from media.engines.llm.words import canonical

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
PERIOD_HOURS = {"morning": 10, "lunch": 12, "afternoon": 14, "evening": 18, "night": 19}
_UNIT_MINUTES = {"minute": 1, "hour": 60}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AMOUNT = re.compile(
    # A bare "a day" is a time only after such a word ("what a day" is none).
    r"\b(half an|half a|a couple(?: of)?|couple(?: of)?|a few|few|several|\d+|"
    r"(?<=\bin )an?|(?<=\bwithin )an?|(?<=\babout )an?|(?<=\bafter )an?|(?<=\bme )an?|^an?)"
    r"(?: or so)? (minute|hour|day|week|month|year)s?\b"
)
_HOUR = re.compile(
    r"(?<!\S)(?P<lead>at |around |about |after |before |by |until |till )?"
    r"(?P<hour>\d{1,2})(?: (?P<minute>[0-5]\d))?(?: (?P<mark>am|pm|oclock))?(?!\S)"
)
_ORDINAL_DAY = re.compile(r"\b(\d{1,2})(?:th|st|nd|rd)\b")


@dataclass(frozen=True, slots=True)
class SpokenTime:
    """What was said of a time; None where nothing was said. `hour` is as spoken, 1-12 or 13-23."""

    in_minutes: int | None = None
    in_days: int | None = None
    weekday: int | None = None
    next_week: bool = False
    month: int | None = None
    month_day: int | None = None
    hour: int | None = None
    minute: int = 0
    mark: str | None = None
    period: str | None = None

    @property
    def has_day(self) -> bool:
        """Whether some day was named."""
        days = (self.in_days, self.weekday, self.month_day)
        return self.next_week or any(day is not None for day in days)


def parse_time(text: str) -> SpokenTime | None:
    """The time spoken of in `text`; None when there is none."""
    words = _clock(canonical(text))
    month, month_day, words = _date(words)
    in_minutes, in_days, words = _amount(words)
    hour, minute, mark = _hour(words)
    spoken = SpokenTime(
        in_minutes=in_minutes,
        in_days=in_days if in_days is not None else _named_day(words),
        weekday=_weekday(words),
        next_week="next week" in words,
        month=month,
        month_day=month_day,
        hour=hour,
        minute=minute,
        mark=mark,
        period=_period(words),
    )
    return None if spoken == SpokenTime() else spoken


def hour24(spoken: SpokenTime) -> int | None:
    """The hour of the day, 0-23; a bare one to eight is meant as afternoon or evening."""
    hour = spoken.hour
    if hour is None or hour > 12:
        return hour
    if spoken.mark == "am" or (spoken.mark != "pm" and spoken.period == "morning"):
        return hour % 12
    if spoken.mark == "pm" or spoken.period in ("afternoon", "evening", "night"):
        return hour % 12 + 12
    return hour + 12 if hour <= 8 else hour


def _clock(words: str) -> str:
    """Half past, quarter past and quarter to, written as hour and minute."""
    words = re.sub(r"\bhalf past (\d+)\b", r"at \1 30", words)
    words = re.sub(r"\bquarter past (\d+)\b", r"at \1 15", words)
    return re.sub(r"\bquarter to (\d+)\b", lambda hit: f"at {int(hit[1]) - 1 or 12} 45", words)


def _date(words: str) -> tuple[int | None, int | None, str]:
    for number, name in enumerate(MONTHS, start=1):
        found = re.search(rf"\b{name} (?:the )?(\d{{1,2}})(?:th|st|nd|rd)?\b", words)
        if found and 1 <= int(found[1]) <= 31:
            return number, int(found[1]), words.replace(found[0], " ")
    found = _ORDINAL_DAY.search(words)
    if found and 1 <= int(found[1]) <= 31:
        return None, int(found[1]), words.replace(found[0], " ")
    return None, None, words


def _amount(words: str) -> tuple[int | None, int | None, str]:
    found = _AMOUNT.search(words)
    if not found:
        return None, None, words
    said, unit = found[1], found[2]
    count = _count(said)
    rest = words.replace(found[0], " ")
    if unit in _UNIT_MINUTES:
        return max(1, int(count * _UNIT_MINUTES[unit])), None, rest
    return None, max(1, min(int(count * _UNIT_DAYS[unit]), 730)), rest


def _count(said: str) -> float:
    if said.isdigit():
        return min(int(said), 1000)
    if said.startswith("half"):
        return 0.5
    if "couple" in said:
        return 2
    return 3 if "few" in said or said == "several" else 1


def _named_day(words: str) -> int | None:
    if "day after tomorrow" in words:
        return 2
    if re.search(r"\btomorrow\b", words):
        return 1
    if "next month" in words:
        return 30
    if "next year" in words:
        return 365
    return 0 if re.search(r"\b(today|tonight|this (afternoon|evening|morning))\b", words) else None


def _weekday(words: str) -> int | None:
    for index, name in enumerate(WEEKDAYS):
        if re.search(rf"\b{name}s?\b", words):
            return index
    return 5 if re.search(r"\bweekends?\b", words) else None


def _hour(words: str) -> tuple[int | None, int, str | None]:
    if re.search(r"\b(noon|midday)\b", words):
        return 12, 0, "pm"
    best: tuple[int, int, str | None] | None = None
    for found in _HOUR.finditer(words):
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if not 1 <= hour <= 23:
            continue
        explicit = bool(found["lead"] or found["mark"] or found["minute"])
        if explicit:
            return hour, minute, found["mark"]
        best = best or (hour, minute, None)
    return best or (None, 0, None)


def _period(words: str) -> str | None:
    if re.search(r"\b(after (work|dinner)|tonight)\b", words):
        return "evening"
    for name in PERIOD_HOURS:
        if name == "lunch" and not re.search(r"\b(at|after|around|before) lunch", words):
            continue
        if re.search(rf"\b{name}s?(time)?\b", words):
            return name
    return None
