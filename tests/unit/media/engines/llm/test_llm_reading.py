"""What the rules make of answers, question by question."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, SystemMessage

from media.engines.llm.intents import polarity
from media.engines.llm.port import (
    TOOLS,
    ChooseSlot,
    NotUnderstood,
    OfferedSlot,
    RecordAnswer,
    RefuseSlots,
    TurnContext,
)
from media.engines.llm.reading import read
from media.engines.llm.rules import RulePolicy
from media.engines.llm.words import canonical

ZONE = ZoneInfo("America/New_York")
OFFERED = (
    OfferedSlot(slot_id="a", starts_at=datetime(2026, 11, 24, 10, tzinfo=ZONE), spoken=""),
    OfferedSlot(slot_id="b", starts_at=datetime(2026, 11, 26, 14, tzinfo=ZONE), spoken=""),
)
WORDS = "yes no ten tuesday agent price call back month maybe the of"
QUESTIONS = (
    "good_time", "wrong_number", "motivation", "timeline", "has_agent", "authority",
    "price_or_finance", "slot", "confirm", "callback",
)  # fmt: skip


def context(question: str, form: str = "open") -> TurnContext:
    return TurnContext.model_validate(
        {
            "question": question,
            "form": form,
            "intent": "sell",
            "offered": OFFERED[:1] if question == "confirm" else OFFERED,
            "timezone": "America/New_York",
            "now": datetime(2026, 11, 23, 11, tzinfo=ZONE),
        }
    )


@pytest.mark.parametrize(
    ("question", "said", "value"),
    [
        ("good_time", "yeah go ahead", "yes"),
        ("good_time", "i guess", "yes"),
        ("good_time", "no problem", "yes"),
        ("good_time", "nope", "no"),
        ("motivation", "we have to sell", "high"),
        ("motivation", "yes definitely", "high"),
        ("motivation", "maybe for the right price", "some"),
        ("motivation", "i dont know", "some"),
        ("motivation", "no", "none"),
        ("motivation", "we are not sure", "some"),
        ("motivation", "we love it here", "none"),
        ("timeline", "as soon as possible", "within_3_months"),
        ("timeline", "in two weeks", "within_3_months"),
        ("timeline", "three to six months", "within_6_months"),
        ("timeline", "half a year", "within_6_months"),
        ("timeline", "next summer", "within_12_months"),
        ("timeline", "in january", "within_3_months"),
        ("timeline", "maybe a year", "within_12_months"),
        ("timeline", "in two years", "later"),
        ("timeline", "no rush", "later"),
        ("timeline", "im not in a hurry", "later"),
        ("timeline", "i dont know", "unknown"),
        ("has_agent", "no", "no"),
        ("has_agent", "not yet", "no"),
        ("has_agent", "we are doing it on our own", "no"),
        ("has_agent", "no we dont have an agent", "no"),
        ("has_agent", "yeah", "yes"),
        ("authority", "yes its my house", "sole"),
        ("authority", "my husband and i", "joint"),
        ("authority", "no my mother does", "none"),
        ("price_or_finance", "four hundred thousand", "ready"),
        ("price_or_finance", "whatever the market says", "ready"),
        ("price_or_finance", "not sure yet", "partly"),
        ("price_or_finance", "no", "not_ready"),
        ("good_time", "karen ahead", "yes"),
        ("confirm", "yes please", "yes"),
        ("confirm", "thats right", "yes"),
        ("confirm", "no", "no"),
    ],
)
def test_answers(question, said, value):
    assert RecordAnswer(slot=question, value=value) in read(said, context(question)).requests


@pytest.mark.parametrize(
    ("question", "said", "facts"),
    [
        (
            "good_time",
            "yes i am thinking about selling",
            {"good_time": "yes", "motivation": "some"},
        ),
        ("motivation", "in two months", {"motivation": "high", "timeline": "within_3_months"}),
        ("motivation", "no i dont have an agent", {"has_agent": "no"}),
        ("timeline", "in about two mind", {"timeline": "within_3_months"}),
    ],
)
def test_an_answer_to_another_question_counts_as_what_it_says(question, said, facts):
    requests = read(said, context(question)).requests
    assert {one.slot: one.value for one in requests} == facts


@pytest.mark.parametrize(
    ("said", "slot"),
    [
        ("ten", "a"), ("ten am", "a"), ("tuesday", "a"), ("the first one", "a"),
        ("two oclock", "b"), ("thursday works", "b"), ("the second", "b"), ("the later one", "b"),
        ("the twenty sixth", "b"), ("the afternoon", "b"), ("either one", "a"),
        ("i cant do ten but two works", "b"), ("the morning is better", "a"),
    ],
)  # fmt: skip
def test_slot_choice(said, slot):
    assert read(said, context("slot")).requests == (ChooseSlot(slot_id=slot),)


@pytest.mark.parametrize("said", ["neither", "no", "friday at noon", "not tuesday", "none of them"])
def test_slot_refusal(said):
    assert isinstance(read(said, context("slot")).requests[0], RefuseSlots)


@pytest.mark.parametrize("said", ["yes", "sounds good", "banana"])
def test_two_slots_and_a_yes_is_no_choice(said):
    assert read(said, context("slot")).requests == (NotUnderstood(),)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("yeah no", "no"), ("no yeah", "yes"), ("why not", "yes"), ("maybe", None),
        ("im not", "no"), ("yes i am", "yes"), ("right now", None), ("", None),
    ],
)  # fmt: skip
def test_polarity(said, expected):
    assert polarity(canonical(said)) == expected


@given(
    said=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(WORDS.split()),
            max_size=7,
        ).map(" ".join),
    ),
    question=st.sampled_from(QUESTIONS),
    form=st.sampled_from(["open", "yes_no"]),
)
def test_the_policy_always_answers_with_lawful_tools(said, question, form):
    shown = [
        SystemMessage("prompt"),
        SystemMessage(context(question, form).model_dump_json()),
        HumanMessage(said),
    ]
    answer = RulePolicy().invoke(shown)
    assert answer.tool_calls
    for call in answer.tool_calls:
        TOOLS[call["name"]].model_validate(call["args"])


def test_without_a_context_the_policy_says_nothing():
    assert RulePolicy().invoke([HumanMessage("yes")]).tool_calls == []
