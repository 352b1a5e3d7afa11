"""A language model on an Ollama host, with the rules in its place whenever it does not deliver."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import httpx
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_ollama import ChatOllama
from ollama import ResponseError
from pydantic import ValidationError

from media.engines.llm.port import TOOLS
from media.engines.llm.rules import RulePolicy

_log = logging.getLogger(__name__)

_FAILURES = (
    TimeoutError,
    ConnectionError,
    httpx.HTTPError,
    ResponseError,
    OutputParserException,
    ValueError,
)
"""What a host that is away, slow or confused makes the client raise."""


class ModelOrRules(BaseChatModel):
    """Asks `model`; answers by `rules` on a timeout, a failed connection or an unlawful answer."""

    model: Runnable[Any, Any]
    rules: RulePolicy
    timeout_s: float

    @property
    def _llm_type(self) -> str:
        return "model-or-rules"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same, with the tools bound to the model; the rules know them."""
        if not isinstance(self.model, BaseChatModel):
            return self
        return ModelOrRules(
            model=self.model.bind_tools(tools, **kwargs),
            rules=self.rules,
            timeout_s=self.timeout_s,
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        try:
            answer = await asyncio.wait_for(self.model.ainvoke(messages), self.timeout_s)
        except _FAILURES as failure:
            _log.warning("the rules answer for the language model: %s", type(failure).__name__)
            answer = None
        if not isinstance(answer, AIMessage) or not lawful(answer):
            answer = await self.rules.ainvoke(messages)
        return ChatResult(generations=[ChatGeneration(message=answer)])


def lawful(answer: AIMessage) -> bool:
    """Whether the answer calls at least one tool, and only known ones with valid arguments."""
    if answer.invalid_tool_calls or not answer.tool_calls:
        return False
    try:
        for call in answer.tool_calls:
            TOOLS[call["name"]].model_validate(call["args"])
    except (KeyError, ValidationError):
        return False
    return True


def ollama_model(
    host: str,
    model: str,
    *,
    timeout_s: float = 1.5,
    num_ctx: int = 2048,
    num_predict: int = 60,
) -> BaseChatModel:
    """The chat model of an Ollama host, as in `http://127.0.0.1:11434`; opens no connection yet.

    `timeout_s` bounds one whole answer. Use one `num_ctx` everywhere: another one makes the host
    load the model anew. Temperature is 0, so that the same words get the same answer.
    """
    chat = ChatOllama(
        base_url=host,
        model=model,
        temperature=0.0,
        num_ctx=num_ctx,
        num_predict=num_predict,
        keep_alive=-1,
        client_kwargs={"timeout": timeout_s},
    )
    return ModelOrRules(model=chat, rules=RulePolicy(), timeout_s=timeout_s)
