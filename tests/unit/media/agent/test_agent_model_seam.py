"""What a language model may not do to a call, and what it gets to see."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from dialer.call import Disposition
from media.agent.prompt import SYSTEM_PROMPT
from media.agent.remark import speakable
from media.agent.script import CLAIMS_BLOCKED


class Scripted(BaseChatModel):
    """Answers with the next message of a script, or raises it; keeps what it was shown."""

    script: list[Any]
    seen: list[Any] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append(messages)
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return ChatResult(generations=[ChatGeneration(message=answer)])


def calls(*tools: tuple[str, dict[str, Any]], text: str = "") -> AIMessage:
    listed = [{"name": n, "args": a, "id": str(i)} for i, (n, a) in enumerate(tools)]
    return AIMessage(content=text, tool_calls=listed)


def answered(slot: str, value: str) -> AIMessage:
    return calls(("record_answer", {"slot": slot, "value": value}))


@pytest.mark.parametrize(
    "answer",
    [
        calls(("choose_slot", {"slot_id": "invented"})),
        calls(("choose_slot", {"slot_id": "s3"})),
        calls(("record_answer", {"slot": "confirm", "value": "yes"})),
        calls(("record_answer", {"slot": "timeline", "value": "whenever"})),
        calls(("remove_from_do_not_call", {})),
        calls(("decline", {"reason": "because"})),
        calls(("end_call", {"now": True})),
        AIMessage("You are booked for Friday!"),
        RuntimeError("out of memory"),
    ],
)
def test_unlawful_answers_count_as_not_understood(call_of, answer):
    model = Scripted(script=[calls(("want_appointment", {})), answer])
    call = call_of(model)
    call.says("i want to meet somebody")
    said = call.says("something")
    assert "catch that" in said and not call.reply.end
    assert call.effects.log == [] and call.agent.result().slot_id is None


def test_a_model_cannot_book_without_read_back(call_of):
    both = calls(
        ("choose_slot", {"slot_id": "s0"}), ("record_answer", {"slot": "confirm", "value": "yes"})
    )
    call = call_of(Scripted(script=[calls(("want_appointment", {})), both]))
    call.all("a meeting", "ten yes")
    assert call.agent.result().disposition is Disposition.HUNG_UP
    assert call.effects.log == [("hold", "s0")]


def test_opt_out_never_reaches_the_model(call_of):
    model = Scripted(script=[])
    call_of(model).says("stop calling me")
    assert model.seen == []


def test_words_of_the_caller_stay_in_the_human_role(call_of):
    model = Scripted(script=[answered("good_time", "yes"), answered("motivation", "high")])
    call = call_of(model)
    call.all("yes marmalade", "yes marmalade again")
    for shown in model.seen:
        assert shown[0] == SystemMessage(SYSTEM_PROMPT)
        assert isinstance(shown[-1], HumanMessage)
        system = [m.text for m in shown if isinstance(m, SystemMessage)]
        assert len(system) == 2 and not any("marmalade" in text for text in system)


def test_the_models_own_sentence_is_spoken_before_the_next_question(call_of):
    answer = answered("good_time", "yes")
    answer.content = "Lovely to hear. And your price?"
    said = call_of(Scripted(script=[answer])).says("yes")
    assert said == "Lovely to hear. Are you thinking about selling your home?"


@pytest.mark.parametrize(
    "text",
    ["We can get you $500,000", "Our commission is low", "I guarantee a sale", "It is worth more",
     "That is legal advice", "You are booked", "I am a real person", "Only 3 percent"],
)  # fmt: skip
def test_claims_are_replaced(text):
    assert speakable(text) == CLAIMS_BLOCKED


def test_questions_and_long_speeches_are_dropped():
    assert speakable("How are you?") == ""
    assert speakable("word " * 60) == ""
    assert speakable("**Great** to hear") == "Great to hear."
