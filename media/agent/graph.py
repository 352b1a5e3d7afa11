"""The conversation as a LangGraph state graph: one invocation per turn of the callee."""

from functools import cache

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from media.agent.callback import callback
from media.agent.close import close, reprompt
from media.agent.converse import converse
from media.agent.gate import gate
from media.agent.objections import objections
from media.agent.party import party
from media.agent.qualify import qualify
from media.agent.schedule import schedule
from media.agent.turn import Surroundings, Turn

_NEXT = {
    "gate": ("converse", "reprompt"),
    "converse": (
        "party", "qualify", "objections", "callback", "schedule", "close", "reprompt",
    ),
    "party": ("qualify", "callback", "reprompt"),
    "qualify": ("schedule", "reprompt"),
    "objections": ("reprompt",),
    "schedule": ("reprompt",),
}  # fmt: skip
"""Which node may follow which; every node may also end the turn. There is no way back."""


@cache
def conversation() -> CompiledStateGraph[Turn, Surroundings, Turn, Turn]:
    """The compiled graph, shared by all conversations: it holds no state of its own."""
    graph = StateGraph(Turn, context_schema=Surroundings)
    graph.add_node("gate", gate)
    graph.add_node("converse", converse)
    graph.add_node("party", party)
    graph.add_node("qualify", qualify)
    graph.add_node("objections", objections)
    graph.add_node("callback", callback)
    graph.add_node("schedule", schedule)
    graph.add_node("close", close)
    graph.add_node("reprompt", reprompt)
    graph.add_edge(START, "gate")
    for node, followers in _NEXT.items():
        graph.add_conditional_edges(node, _follower, [*followers, END])
    return graph.compile()


def _follower(state: Turn) -> str:
    return state["next"] or END
