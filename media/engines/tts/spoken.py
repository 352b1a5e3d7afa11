"""Text as it is written -> text as it is said, before any engine guesses."""

import re
from collections.abc import Callable

from media.engines.tts.numbers import cardinal, digits, ordinal, paired

_MONTH_WORDS = (
    "January February March April May June July August September October November December"
)
_MONTHS = _MONTH_WORDS.split()
_MONTH = "|".join(
    f"{month[:3]}(?:{month[3:]})?\\.?" if month != "May" else "May" for month in _MONTHS
)
_SCALE = {"k": "thousand", "m": "million", "b": "billion"}
_WORDS = {
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Ln": "Lane",
    "Ct": "Court",
    "Cir": "Circle",
    "Pl": "Place",
    "Pkwy": "Parkway",
    "Hwy": "Highway",
    "Apt": "Apartment",
    "Ste": "Suite",
    "Mr": "Mister",
    "Mrs": "Missus",
    "Ms": "Miz",
    "Jr": "Junior",
    "Sr": "Senior",
    "Inc": "Incorporated",
    "approx": "approximately",
    "vs": "versus",
    "sq": "square",
    "ft": "feet",
}
_SPELLED = re.compile(r"\b(AI|AM|PM|MLS|HOA|CMA|USA|US|FHA|LLC|DNC|TV|HVAC|FAQ)\b")


def _money(match: re.Match[str]) -> str:
    whole = int(match["whole"].replace(",", ""))
    cents, scale = match["cents"], match["scale"]
    if scale:
        word = _SCALE[scale[0].lower()]
        point = f" point {digits(cents)}" if cents else ""
        return f"{cardinal(whole)}{point} {word} dollars"
    words = f"{cardinal(whole)} dollar{'' if whole == 1 else 's'}"
    if cents and int(cents):
        value = int(cents.ljust(2, "0")[:2])
        words += f" and {cardinal(value)} cent{'' if value == 1 else 's'}"
    return words


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = match["half"]
    words = cardinal(hour)
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    elif not half:
        words += " o'clock"
    return f"{words} {half[0].upper()} M" if half else words


def _written_date(match: re.Match[str]) -> str:
    month = next(name for name in _MONTHS if name.startswith(match["month"].strip(".")))
    year = f", {paired(int(match['year']))}" if match["year"] else ""
    return f"{month} {ordinal(int(match['day']))}{year}"


def _numeric_date(match: re.Match[str]) -> str:
    month, day, year = int(match["month"]), int(match["day"]), int(match["year"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {paired(year)}"


def _phone(match: re.Match[str]) -> str:
    return ", ".join(digits(match[part]) for part in ("area", "exchange", "line"))


def _street_or_saint(match: re.Match[str]) -> str:
    """A name before it makes it a street, a name only after it a saint."""
    before, after = match["before"] or "", match["after"] or ""
    word = "Saint" if after and not before[:1].isupper() else "Street"
    return f"{before}{word}{after}"


def _email(match: re.Match[str]) -> str:
    words = match[0].replace("@", " at ").replace(".", " dot ")
    return words.replace("_", " underscore ").replace("-", " dash ")


def _integer(match: re.Match[str]) -> str:
    text = match[0].replace(",", "")
    number = int(text)
    if len(text) > 12 or (len(text) > 1 and text[0] == "0"):
        return digits(text)
    return paired(number) if len(text) == 4 and "," not in match[0] else cardinal(number)


def _decimal(match: re.Match[str]) -> str:
    whole = cardinal(int(match["whole"])) if len(match["whole"]) < 12 else digits(match["whole"])
    return f"{whole} point {digits(match['part'])}"


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), _email),
    (
        re.compile(
            r"(?<![\w$])(?:\+?1[ .-]?)?\(?(?P<area>[2-9]\d\d)\)?[ .-]?"
            r"(?P<exchange>\d{3})[ .-]?(?P<line>\d{4})\b"
        ),
        _phone,
    ),
    (
        re.compile(
            r"\$(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,11})(?:\.(?P<cents>\d+))?"
            r"(?:\s?(?P<scale>[kKmMbB]\b|thousand\b|million\b|billion\b))?"
        ),
        _money,
    ),
    (re.compile(r"\b(?P<year>[12]\d{3})-(?P<month>\d\d)-(?P<day>\d\d)\b"), _numeric_date),
    (re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>[12]\d{3})\b"), _numeric_date),
    (
        re.compile(
            rf"\b(?P<month>{_MONTH}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
            r"(?:,? (?P<year>[12]\d{3})\b)?"
        ),
        _written_date,
    ),
    (
        re.compile(
            r"\b(?P<hour>1[0-2]|0?[1-9])(?::(?P<minute>[0-5]\d))?\s?(?P<half>[aApP])\.?[mM]\b\.?"
        ),
        _clock,
    ),
    (re.compile(r"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b(?P<half>)"), _clock),
    (re.compile(r"\b(\d{1,9})(?:st|nd|rd|th)\b"), lambda match: ordinal(int(match[1]))),
    (re.compile(r"\b(?P<whole>\d+)\.(?P<part>\d+)\b"), _decimal),
    (re.compile(r"\b\d{1,3}(?:,\d{3})+\b|\b\d+\b"), _integer),
    (re.compile(r"(?<=\w )Dr\.?(?=\s*(?:[,?!]|$|in\b|at\b|on\b|and\b))"), "Drive"),
    (re.compile(r"\bDr\.?(?= [A-Z])"), "Doctor"),
    (re.compile(r"(?P<before>\S+ )?\bSt\b\.?(?P<after> [A-Z][a-z])?"), _street_or_saint),
    (
        re.compile(rf"\b({'|'.join(_WORDS)})\b\.?(?=\s|[,;:?!]|$)"),
        lambda match: _WORDS[match[1]],
    ),
    (_SPELLED, lambda match: " ".join(match[1])),
    (re.compile(r"[0-9]+"), lambda match: f" {digits(match[0])} "),
    (re.compile(r"\s*&\s*"), " and "),
    (re.compile(r"%"), " percent"),
    (re.compile(r"#(?=\w)"), "number "),
    (re.compile(r"\s*[–—]\s*"), ", "),
    (re.compile(r"[\u2018\u2019]"), "'"),
    (re.compile(r"[\u201c\u201d\"*_`~<>]"), ""),
    (re.compile(r"\s+"), " "),
)


def spoken(text: str) -> str:
    """Money, clock times, dates, telephone numbers, ordinals, numbers, e-mail addresses, street
    and title abbreviations and spelled abbreviations in words."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.strip()
