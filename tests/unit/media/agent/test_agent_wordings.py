"""Listed wordings as text: every opt-out is one, nothing else is, every answer is read."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from media.agent.guard import opt_out_words, opts_out
from media.engines.llm.port import (
    ChooseSlot,
    Decline,
    OfferedSlot,
    RecordAnswer,
    RefuseSlots,
    ScheduleCallback,
    ToolRequest,
    TurnContext,
)
from media.engines.llm.reading import read

LISTS = Path(__file__).parents[3] / "data" / "words"
ZONE = ZoneInfo("America/New_York")
OFFERED = (
    OfferedSlot(slot_id="1", starts_at=datetime(2026, 11, 24, 14, tzinfo=ZONE), spoken=""),
    OfferedSlot(slot_id="2", starts_at=datetime(2026, 11, 25, 10, tzinfo=ZONE), spoken=""),
)


def listed(name: str) -> list[str]:
    return [
        line
        for file in (name, f"final_{name}")
        for line in (LISTS / file).read_text(encoding="utf-8").splitlines()
    ]


def context(question: str, intent: str = "sell", asked_again: bool = False) -> TurnContext:
    return TurnContext.model_validate(
        {
            "question": question,
            "intent": intent,
            "offered": OFFERED[:1] if question == "confirm" else OFFERED,
            "asked_again": asked_again,
            "timezone": "America/New_York",
            "now": datetime(2026, 11, 23, 11, tzinfo=ZONE),
        }
    )


def named(request: ToolRequest) -> str:
    """A request in the writing of `answers.txt`."""
    if isinstance(request, RecordAnswer):
        return f"{request.slot}={request.value}"
    if isinstance(request, ChooseSlot):
        return f"choose={request.slot_id}"
    kinds: dict[type, str] = {
        RefuseSlots: "refuse",
        ScheduleCallback: "callback",
        Decline: "decline",
    }
    return kinds.get(type(request), "")


def accepted(readings: str) -> set[str]:
    """`timeline=later|unknown` -> both values with the question before them."""
    whole, slot = set(), ""
    for reading in readings.split("|"):
        slot = reading.split("=")[0] if "=" in reading else slot
        bare = "=" in reading or reading in ("refuse", "callback", "decline")
        whole.add(reading if bare else f"{slot}={reading}")
    return whole | {"good_time=no"} if "callback" in whole else whole


@pytest.mark.parametrize("line", listed("opt_outs.txt"))
def test_every_opt_out_is_one(line: str) -> None:
    assert opts_out(line)


@pytest.mark.parametrize("line", listed("not_opt_outs.txt"))
def test_what_holds_the_same_words_is_none(line: str) -> None:
    assert not opts_out(line)


@pytest.mark.parametrize("line", listed("answers.txt"))
def test_answers_are_read(line: str) -> None:
    question, intent, words, readings = line.split(" | ")
    requests = read(words, context(question, intent)).requests
    assert {named(request) for request in requests} & accepted(readings), requests
    assert not opts_out(words)


@pytest.mark.parametrize(
    ("heard", "keyphrase"),
    [
        ("no more questions", "no more calls"),
        ("who told you to call me", "don't call me"),
        ("stop by on friday", "stop calling"),
    ],
)
def test_a_well_heard_sentence_outweighs_the_spotter(heard: str, keyphrase: str) -> None:
    assert opt_out_words(heard, True, (keyphrase,)) is None
    assert opt_out_words(heard, False, (keyphrase,)) is not None


def test_the_spotter_outweighs_a_sentence_that_holds_its_last_word() -> None:
    assert opt_out_words("not interested danielle call me again", True, ("don't call me",))


@pytest.mark.parametrize("question", ["good_time", "motivation", "authority", "price_or_finance"])
def test_a_near_word_is_a_yes_where_it_does_no_harm(question: str) -> None:
    assert read("us", context(question)) == read("yes", context(question))


@pytest.mark.parametrize("question", ["has_agent", "slot", "confirm", "wrong_number"])
def test_a_near_word_neither_books_nor_ends(question: str) -> None:
    assert not read("us", context(question)).clear


def test_a_barely_heard_yes_books_only_the_second_time(call_of):
    call = call_of()
    call.all("i would like to meet an agent", "the first one")
    assert "is that right?" in call.says("yes", 0.2)
    assert call.agent.result().slot_id is None
    call.says("yes", 0.2)
    assert call.agent.result().slot_id == "s0"


def test_a_barely_heard_goodbye_ends_nothing() -> None:
    assert not read("goodbye", context("motivation")).clear
    assert read("no thanks", context("motivation")).clear
