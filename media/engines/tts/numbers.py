"""Numbers as American English words."""

_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TEN_WORDS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL, _TENS = _SMALL_WORDS.split(), _TEN_WORDS.split()
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> str:
    """0 to 999 billion: 450000 -> "four hundred fifty thousand". Raises ValueError beyond."""
    if not 0 <= number < 10**12:
        raise ValueError(f"no words for {number}")
    if number < 20:
        return _SMALL[number]
    if number < 100:
        ones = number % 10
        return f"{_TENS[number // 10]} {_SMALL[ones]}" if ones else _TENS[number // 10]
    scale, name = next(pair for pair in _SCALES if number >= pair[0])
    rest = number % scale
    words = f"{cardinal(number // scale)} {name}"
    return f"{words} {cardinal(rest)}" if rest else words


def ordinal(number: int) -> str:
    """21 -> "twenty first"."""
    *before, last = cardinal(number).split()
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    else:
        last = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return " ".join([*before, last])


def digits(text: str) -> str:
    """Digit by digit: "0143" -> "zero one four three"."""
    return " ".join(_SMALL[int(digit)] for digit in text)


def paired(number: int) -> str:
    """Four digits as years and house numbers are said: 1204 -> "twelve oh four"."""
    high, low = divmod(number, 100)
    if high % 10 == 0 and low < 10:
        return cardinal(number)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {'oh ' if low < 10 else ''}{cardinal(low)}"
