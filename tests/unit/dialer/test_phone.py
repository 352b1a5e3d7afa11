"""Telephone numbers: the short way for North America gives libphonenumber's own answers."""

from random import Random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from dialer import phone

EXCHANGES_EACH = 12
WITHOUT_PLACE = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}
STYLES = (
    "{}{}{}",
    "({}) {}-{}",
    "({}){}{}",
    "{}-{}-{}",
    "{}.{}.{}",
    "{} {} {}",
    "1{}{}{}",
    "+1{}{}{}",
    "+1 {} {} {}",
    "1-{}-{}-{}",
    "+1 ({}) {}-{}",
    " {}-{}-{} ",
    "1{}-{}{}",
)
PLAIN = st.builds(
    lambda style, area, exchange, line: style.format(area, exchange, f"{line:04d}"),
    st.sampled_from(STYLES),
    st.integers(0, 999).map("{:03d}".format),
    st.integers(0, 999).map("{:03d}".format),
    st.integers(0, 9999),
)


def by_library(raw: str) -> tuple[str, str] | None:
    """E.164 and the country of a number with a place, from libphonenumber alone."""
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    placed = phonenumbers.number_type(number) not in WITHOUT_PLACE
    country = (phonenumbers.region_code_for_number(number) or "") if placed else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), country


def by_us(raw: str) -> tuple[str, str] | None:
    try:
        number = phone.parse(raw)
    except phone.PhoneInvalid:
        return None
    return number, phone.country(number)


def test_every_area_code_is_as_libphonenumber_has_it() -> None:
    rng = Random(20261122)
    for area in range(200, 1000):
        for exchange in rng.sample(range(200, 1000), EXCHANGES_EACH):
            raw = f"{area}{exchange}{rng.randrange(10_000):04d}"
            assert by_us(raw) == by_library(raw), raw


@given(PLAIN)
def test_however_a_number_is_written(raw: str) -> None:
    assert by_us(raw) == by_library(raw)


@given(st.text(st.sampled_from("0123456789+-(). x#"), max_size=18))
def test_other_texts_are_judged_by_libphonenumber(raw: str) -> None:
    assert by_us(raw) == by_library(raw)


@given(st.integers(200, 999), st.integers(200, 999), st.lists(st.integers(0, 9999), min_size=3))
def test_the_last_four_digits_decide_nothing(area: int, exchange: int, lines: list[int]) -> None:
    """What the table rests on: it keeps one answer for all lines of an exchange."""
    answers = [by_library(f"{area}{exchange}{line:04d}") for line in lines]
    assert len({answer and answer[1] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", "is empty"),
        ("nobody", "not a telephone number"),
        ("(212) 555-01", "not a number that exists in US numbering"),
        ("912-111-2222", "not a number that exists in US numbering"),
        ("212 555 0123 x9", "extension"),
    ],
)
def test_what_is_no_number_is_told_with_its_reason(raw: str, words: str) -> None:
    with pytest.raises(phone.PhoneInvalid, match=words):
        phone.parse(raw)


@pytest.mark.parametrize("number", ["+18005550123", "+19005550123", "+15005550123", "+80012345678"])
def test_a_number_without_place_has_no_country(number: str) -> None:
    assert phone.country(phone.E164(number)) == ""
