"""Reason codes in human words, with the authority where a rule speaks."""

import pytest

from dialer.reason_words import Told, in_words

RULES = [
    {"id": "us-fl", "version": 2, "authority": "Fla. Stat. 501.616(6)"},
    {"id": "campaign:7", "version": 3, "authority": "the operator's window"},
]
FACTS = {"caps": [{"rule": "us-fl", "count": 3, "hours": 24}], "suppression": "by letter (api)"}
TOLD = Told.of(RULES, FACTS, "the campaign is paused (user)")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "outside_window:us-fl:America/New_York",
            "outside the hours of Fla. Stat. 501.616(6) in America/New_York",
        ),
        (
            "outside_window:campaign:7:America/Indiana/Knox",
            "outside the hours of the operator's window in America/Indiana/Knox",
        ),
        (
            "holiday:us-fl:Christmas Day:America/New_York",
            "Christmas Day is a holiday on which Fla. Stat. 501.616(6) allows no call,"
            " in America/New_York",
        ),
        ("cap:us-fl", "dialed as often as Fla. Stat. 501.616(6) allows (3 in 24 hours)"),
        ("hard_block:us-fl", "Fla. Stat. 501.616(6) forbids such calls altogether"),
        ("hard_block:us-xx", "rule us-xx forbids such calls altogether"),
        ("suppressed", "the number is on the suppression list: by letter (api)"),
        ("campaign_not_running", "the campaign is paused (user)"),
        ("budget:campaign:7", "the campaign's budget of the day is used up"),
        ("budget:global", "the day's budget of the whole product is used up"),
        ("retry after no_answer", "retry after no answer"),
    ],
)
def test_words(code: str, words: str) -> None:
    assert in_words(code, TOLD) == words


def test_words_need_no_decision() -> None:
    assert in_words("suppressed") == "the number is on the suppression list"
    assert in_words("cap:us-fl") == "dialed as often as rule us-fl allows"
