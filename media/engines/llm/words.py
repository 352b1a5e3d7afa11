"""Spoken words in one canonical writing, so that rules match whatever recogniser wrote them."""

import re

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_RANKS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
UNITS = {word: value for value, word in enumerate(_SMALL)}
TENS = {word: 10 * value for value, word in enumerate(_ROUND, start=2)}
_COUNTING = {*UNITS, *TENS}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
ORDINALS = {word: value for value, word in enumerate(_RANKS, start=1)}

_CONTRACTIONS = tuple(
    (re.compile(rf"\b(?:{spoken})\b"), written)
    for spoken, written in (
        (r"(do|does|did|is|are|was|have|has|should|could|would) not", r"\1nt"),
        (r"can not|cannot", "cant"),
        (r"will not", "wont"),
        (r"i am", "im"),
        (r"ive", "i have"),
        (r"(what|who|there|that|it) is", r"\1s"),
        (r"you are", "youre"),
        (r"okay|okey|k", "ok"),
        (r"uh huh|mm hmm|mhm|uhuh", "yes"),
        (r"nine one one", "911"),
        (r"([ap]) m", r"\1m"),
    )
)
_FILLERS = re.compile(r"\b(uh|um|er|erm|ah|hmm|mm|hm)\b")
# "one" is a pronoun ("the first one", "I have one") unless its neighbours make it a number.
_ONE_BEFORE = {"at", "in", "within", "around", "about", "after", "before", "by", "or"} | set(TENS)
_ONE_AFTER = (
    {"oclock", "pm", "am", "hour", "day", "week", "month", "year"} | set(SCALES) | set(TENS)
)


def canonical(text: str) -> str:
    """Lower case, no punctuation, no fillers, contractions joined, numbers as digits.

    >>> canonical("Do not call me at three thirty, it's O.K.")
    'dont call me at 3 30 its ok'
    """
    flat = text.lower().replace("o.k.", "ok").replace("'", "").replace("’", "")
    flat = re.sub(r"\b([ap])\.m\b\.?", r"\1m", flat)
    flat = re.sub(r"(?<=\d)[,.](?=\d{3})", "", flat)
    flat = re.sub(r"(\d)([ap]m)\b", r"\1 \2", flat)
    flat = " ".join(re.sub(r"[^a-z0-9]+", " ", flat).split())
    for pattern, written in _CONTRACTIONS:
        flat = pattern.sub(written, flat)
    return " ".join(_digits(_FILLERS.sub(" ", flat).split()))


def matches(pattern: re.Pattern[str], canonical_text: str) -> bool:
    """Whether the pattern occurs in text that is already canonical."""
    return pattern.search(canonical_text) is not None


def phrases(*alternatives: str) -> re.Pattern[str]:
    """One pattern for alternatives in canonical writing, matched at whole words only."""
    return re.compile(r"\b(?:" + "|".join(alternatives) + r")\b")


def _digits(tokens: list[str]) -> list[str]:
    out: list[str] = []
    index = 0
    while index < len(tokens):
        value, used = _number(tokens, index)
        out.append(tokens[index] if used == 0 else value)
        index += used or 1
    return out


def _number(tokens: list[str], start: int) -> tuple[str, int]:
    """The number that starts at `start` as digits, and how many words it took (0: none)."""
    if tokens[start] == "one" and not _one_is_number(tokens, start):
        return "", 0
    small, used = _below_hundred(tokens, start)
    if used == 0:
        return "", 0
    following = tokens[start + used] if start + used < len(tokens) else ""
    if tokens[start + used - 1] in TENS and following in ORDINALS:
        return f"{small + ORDINALS[following]}th", used + 1
    total, group, index = 0, small, start + used
    while index < len(tokens) and tokens[index] in SCALES:
        scale = SCALES[tokens[index]]
        group, total = (group * scale, total) if scale == 100 else (0, total + group * scale)
        index += 1
        if index + 1 < len(tokens) and tokens[index] == "and" and tokens[index + 1] in _COUNTING:
            index += 1
        more, taken = _below_hundred(tokens, index)
        group, index = group + more, index + taken
    return str(total + group), index - start


def _below_hundred(tokens: list[str], index: int) -> tuple[int, int]:
    word = tokens[index] if index < len(tokens) else ""
    if word in TENS:
        unit = UNITS.get(tokens[index + 1], 0) if index + 1 < len(tokens) else 0
        return (TENS[word] + unit, 2) if 0 < unit < 10 else (TENS[word], 1)
    if word in UNITS:
        return UNITS[word], 1
    return 0, 0


def _one_is_number(tokens: list[str], index: int) -> bool:
    before = tokens[index - 1] if index else ""
    after = tokens[index + 1] if index + 1 < len(tokens) else ""
    return len(tokens) == 1 or before in _ONE_BEFORE or after.rstrip("s") in _ONE_AFTER
