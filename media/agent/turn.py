"""One turn on its way through the graph: what was heard, what was made of it, what to say."""

from dataclasses import dataclass
from typing import Any, TypedDict

from langchain_core.runnables import Runnable

from dialer.call import CallBrief
from media.agent import script
from media.agent.port import AgentTools
from media.agent.state import TalkState
from media.engines.llm.port import ToolRequest


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the nodes may use: the brief, the effects, and the model with its tools bound."""

    brief: CallBrief
    tools: AgentTools
    model: Runnable[Any, Any]


class Turn(TypedDict, total=False):
    """The graph's state. `next` names the node that takes over; empty when the turn is done."""

    talk: TalkState
    text: str
    confidence: float
    keyphrases: tuple[str, ...]
    requests: tuple[ToolRequest, ...]
    remark: str
    say: tuple[str, ...]
    next: str


def done(talk: TalkState, say: tuple[str, ...]) -> Turn:
    """The turn's answer is complete."""
    return Turn(talk=talk, say=tuple(sentence for sentence in say if sentence), next="")


def ask(brief: CallBrief, talk: TalkState, *before: str) -> Turn:
    """Understood: say something if need be, then put the open question."""
    settled = talk.with_(misses=0)
    return done(settled, (*before, script.question(brief, settled)))


def hand_over(talk: TalkState, node: str) -> Turn:
    """Let another node go on with the turn."""
    return Turn(talk=talk, next=node)
