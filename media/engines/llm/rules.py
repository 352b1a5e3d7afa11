"""The built-in rule policy as a LangChain chat model: the embedded default and the fallback."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import ValidationError

from media.engines.llm.port import ToolRequest, TurnContext, tool_name
from media.engines.llm.reading import Reading, read


class RulePolicy(BaseChatModel):
    """Answers with tool calls and text as a model would, from word lists alone; needs no host.

    Expects the messages of the agent: a system message whose content is a `TurnContext` in JSON,
    and the caller's words as the last human message. Without a context nothing is understood.
    """

    @property
    def _llm_type(self) -> str:
        return "rule-policy"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        context = _context(messages)
        reading = read(_caller_words(messages), context) if context else Reading(())
        message = AIMessage(
            content=reading.remark,
            tool_calls=[_call(n, request) for n, request in enumerate(reading.requests)],
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The rules know their tools by heart, so binding changes nothing."""
        return self


def _context(messages: list[BaseMessage]) -> TurnContext | None:
    for message in reversed(messages):
        if isinstance(message, SystemMessage):
            try:
                return TurnContext.model_validate_json(str(message.content))
            except ValidationError:
                continue
    return None


def _caller_words(messages: list[BaseMessage]) -> str:
    last = messages[-1] if messages else None
    return str(last.content) if isinstance(last, HumanMessage) else ""


def _call(index: int, request: ToolRequest) -> dict[str, Any]:
    return {
        "name": tool_name(request),
        "args": request.model_dump(),
        "id": f"rule-{index}",
        "type": "tool_call",
    }
