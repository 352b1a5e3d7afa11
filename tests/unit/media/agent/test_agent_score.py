"""The score: weights add up, a listed home is capped, missing answers are worth nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.agent.score import QUESTION_ORDER, next_question, score
from media.engines.llm.port import ANSWER_VALUES

BEST = {
    "motivation": "high",
    "timeline": "within_3_months",
    "price_or_finance": "ready",
    "authority": "sole",
    "has_agent": "no",
}
answer_sets = st.fixed_dictionaries(
    {}, optional={slot: st.sampled_from(ANSWER_VALUES[slot]) for slot in QUESTION_ORDER}
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"timeline": "within_6_months"}, 0.95),
        ({"timeline": "within_12_months"}, 0.85),
        ({"timeline": "unknown"}, 0.75),
        ({"authority": "none"}, 0.85),
        ({"price_or_finance": "not_ready"}, 0.8),
        ({"motivation": "none"}, 0.75),
        ({"has_agent": "listed"}, 0.5),
    ],
)
def test_weights(changes, expected):
    assert score(BEST | changes) == expected


def test_nothing_known_is_nothing_worth():
    assert score({}) == 0.0


def test_four_best_answers_reach_the_usual_threshold():
    assert score({slot: BEST[slot] for slot in QUESTION_ORDER[:4]}) >= 0.8


@given(answers=answer_sets)
def test_bounds_and_progress(answers):
    assert 0.0 <= score(answers) <= 1.0
    assert (next_question(answers) is None) == (set(QUESTION_ORDER) <= set(answers))
