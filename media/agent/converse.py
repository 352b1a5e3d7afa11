"""The model's node: its tool calls are checked in code, then sent to the node that owns them."""

import logging
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from pydantic import ValidationError

from media.agent.gate import UNDERSTOOD
from media.agent.prompt import messages, turn_context
from media.agent.remark import speakable
from media.agent.state import TalkState
from media.agent.turn import Surroundings, Turn
from media.engines.llm.port import (
    TOOLS,
    ChooseSlot,
    NotUnderstood,
    RecordAnswer,
    RefuseSlots,
    ToolRequest,
    TurnContext,
    WantAppointment,
    tool_name,
)
from media.engines.llm.reading import read

_log = logging.getLogger(__name__)
_OWNERS = {
    "wrong_number": "party",
    "decline": "objections",
    "raise_objection": "objections",
    "schedule_callback": "callback",
    "request_human": "callback",
    "choose_slot": "schedule",
    "refuse_slots": "schedule",
    "want_appointment": "schedule",
    "end_call": "close",
    "record_answer": "qualify",
    "not_understood": "reprompt",
}
"""Which node answers a tool call; when a model calls several, the first of this list leads."""
_SCHEDULING = ("slot", "confirm")
_PARTY = ("good_time", "wrong_number")


async def converse(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Have the words read, by the rules alone when they were barely recognised."""
    talk, text = state["talk"], state["text"]
    context = turn_context(runtime.context.brief, talk)
    if state["confidence"] < UNDERSTOOD:
        reading = read(text, context)
        requests = reading.requests if reading.clear else ()
        remark = reading.remark
    else:
        answer = await _ask_model(runtime.context, talk, context, text)
        requests, remark = _checked(answer, context), speakable(answer.text)
    node = _owner(requests, talk)
    return Turn(talk=talk, requests=requests, remark=remark, next=node)


async def _ask_model(
    around: Surroundings, talk: TalkState, context: TurnContext, text: str
) -> AIMessage:
    try:
        answer = await around.model.ainvoke(messages(around.brief, talk, context, text))
    except Exception:
        # Whatever a model host does, the callee gets an answer: the turn counts as a miss.
        _log.exception("the language model failed")
        return AIMessage("")
    return answer if isinstance(answer, AIMessage) else AIMessage("")


def _checked(answer: AIMessage, context: TurnContext) -> tuple[ToolRequest, ...]:
    """The tool calls that exist, have lawful arguments and fit the open question."""
    requests = (_parsed(call["name"], call["args"]) for call in answer.tool_calls)
    return tuple(request for request in requests if request and _fits(request, context))


def _parsed(name: str, arguments: dict[str, Any]) -> ToolRequest | None:
    try:
        return TOOLS[name].model_validate(arguments) if name in TOOLS else None
    except ValidationError:
        _log.warning("refused a tool call with unlawful arguments: %s", name)
        return None


def _fits(request: ToolRequest, context: TurnContext) -> bool:
    """A model may not settle what nobody asked: a slot not offered, a yes to an unput question."""
    if isinstance(request, ChooseSlot):
        offered = {slot.slot_id for slot in context.offered}
        return context.question == "slot" and request.slot_id in offered
    if isinstance(request, RefuseSlots):
        return context.question in _SCHEDULING
    if isinstance(request, WantAppointment):
        return context.question not in _SCHEDULING
    if isinstance(request, RecordAnswer) and request.slot in (*_PARTY, "confirm"):
        return request.slot == context.question
    return True


def _owner(requests: tuple[ToolRequest, ...], talk: TalkState) -> str:
    names = {tool_name(request) for request in requests if not isinstance(request, NotUnderstood)}
    node = next((owner for name, owner in _OWNERS.items() if name in names), "reprompt")
    if node != "qualify":
        return node
    if talk.question in _PARTY:
        return "party"
    return "schedule" if talk.question in _SCHEDULING else "qualify"
