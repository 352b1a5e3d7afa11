"""A campaign's state in words."""

from datetime import UTC, datetime

import pytest

from dialer.campaign_text import in_words
from dialer.rules.campaign_state import PauseReason, State

MORNING = datetime(2026, 11, 25, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "reason", "resume_at", "words"),
    [
        ("running", "", None, "running"),
        ("paused", "user", None, "paused by a person"),
        (
            "paused",
            "budget",
            MORNING,
            "paused: the day's budget is used up, goes on Wed 2026-11-25 10:00 EST",
        ),
        ("paused", "error: the DNC list is old", None, "paused: the DNC list is old"),
        ("completed", "", None, "completed: no lead is left to call"),
        ("completed", "drained", None, "completed: drained"),
        ("draft", "", None, "draft"),
    ],
)
def test_states_are_told(state: str, reason: str, resume_at: datetime | None, words: str) -> None:
    assert in_words(state, reason, resume_at, "America/New_York") == words


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("reason", ["", "something new", *PauseReason])
def test_there_are_words_for_whatever_stands_in_the_row(state: State, reason: str) -> None:
    assert in_words(state, reason, None, "UTC")
