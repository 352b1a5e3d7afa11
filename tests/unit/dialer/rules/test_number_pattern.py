"""Patterns of numbers: one form, and clear refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.number_pattern import PatternInvalid, is_pattern, pattern


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("+1900*", "+1900*"),
        ("+1 (305) 555-????", "+1305555????"),
        ("+1900**", "+1900*"),
        ("+447?00*1", "+447?00*1"),
        ("+12125550123????", None),
        ("+1212555012?", "+1212555012?"),
    ],
)
def test_a_pattern_has_one_form(written: str, form: str | None) -> None:
    if form is None:
        with pytest.raises(PatternInvalid, match="longer"):
            pattern(written + "?")
    else:
        assert pattern(written) == form


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("1900*", "three digits"),
        ("+19*", "three digits"),
        ("+19?0*", "three digits"),
        ("+1900x*", "three digits"),
        ("*", "three digits"),
        ("+12125550123", "neither"),
        ("", "neither"),
    ],
)
def test_a_wrong_pattern_says_why(wrong: str, why: str) -> None:
    with pytest.raises(PatternInvalid, match=why):
        pattern(wrong)


@given(st.text(alphabet="+0123456789*?ab ()%_\\'", max_size=24))
def test_whatever_is_written_a_pattern_is_plain_and_stays_itself(text: str) -> None:
    try:
        form = pattern(text)
    except PatternInvalid:
        return
    assert set(form) <= set("+0123456789*?")
    assert is_pattern(form)
    assert pattern(form) == form
    assert form[1:4].isdigit()
