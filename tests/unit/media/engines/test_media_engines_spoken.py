"""Text as written -> text as said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.tts.numbers import cardinal, ordinal
from media.engines.tts.spoken import spoken

CASES = {
    "$450,000": "four hundred fifty thousand dollars",
    "$1.2M": "one point two million dollars",
    "$450k": "four hundred fifty thousand dollars",
    "$1": "one dollar",
    "$12.50": "twelve dollars and fifty cents",
    "10:30 AM": "ten thirty A M",
    "3 p.m.": "three P M",
    "at 10:00": "at ten o'clock",
    "at 9:05": "at nine oh five",
    "Nov 24, 2026": "November twenty fourth, twenty twenty six",
    "November 3rd": "November third",
    "2026-11-24": "November twenty fourth, twenty twenty six",
    "11/4/2026": "November fourth, twenty twenty six",
    "+1 (512) 555-0143": "five one two, five five five, zero one four three",
    "512-555-0143": "five one two, five five five, zero one four three",
    "the 21st": "the twenty first",
    "1204 Maple St.": "twelve oh four Maple Street",
    "5 Main St. Austin": "five Main Street Austin",
    "123 St. James Ave": "one hundred twenty three Saint James Avenue",
    "5 Elm Dr. in Austin": "five Elm Drive in Austin",
    "Dr. Smith": "Doctor Smith",
    "an AI assistant": "an A I assistant",
    "3.5 baths": "three point five baths",
    "1,500 sq. ft.": "one thousand five hundred square feet",
    "50% & more": "fifty percent and more",
    "john.doe@example.com": "john dot doe at example dot com",
    "well — no": "well, no",
    "Hello there.": "Hello there.",
}


@pytest.mark.parametrize(("written", "said"), CASES.items())
def test_it_says(written: str, said: str) -> None:
    assert spoken(written) == said


@given(st.text())
def test_no_ascii_digit_is_left_to_the_engine(text: str) -> None:
    assert not re.search("[0-9]", spoken(text))


@given(st.text(alphabet="abc .,!?'", max_size=60))
def test_plain_words_stay(text: str) -> None:
    assert spoken(text) == " ".join(text.split(" ")).strip() or spoken(text) == " ".join(
        text.split()
    )


@given(st.integers(0, 10**12 - 1))
def test_every_number_has_words(number: int) -> None:
    assert re.fullmatch(r"[a-z ]+", cardinal(number))
    assert ordinal(number).endswith(("th", "st", "nd", "rd"))


def test_numbers_beyond_are_refused() -> None:
    with pytest.raises(ValueError):
        cardinal(10**12)
