"""Canonical writing: one spelling for what several recognisers write differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.engines.llm.words import canonical


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("Do not call me at three thirty, it's O.K.", "dont call me at 3 30 its ok"),
        ("DON’T call", "dont call"),
        ("three hundred and fifty thousand", "350000"),
        ("one hundred and twenty thousand", "120000"),
        ("november twenty fourth", "november 24th"),
        ("at 3:30pm", "at 3 30 pm"),
        ("at ten a.m.", "at 10 am"),
        ("the first one", "the first one"),
        ("at one", "at 1"),
        ("one", "1"),
        ("in one hour", "in 1 hour"),
        ("uh huh", "yes"),
        ("um well i am here", "well im here"),
        ("$350,000", "350000"),
        ("can i talk to a human", "can i talk to a human"),
        ("call nine one one", "call 911"),
        ("", ""),
    ],
)
def test_spellings(spoken, written):
    assert canonical(spoken) == written


@given(st.text(max_size=60))
def test_any_text_comes_out_plain_and_stays_so(text):
    once = canonical(text)
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert once == once.strip()
