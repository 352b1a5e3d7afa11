"""The objections node: a refusal is taken at once, a question gets its prepared answer."""

from langgraph.runtime import Runtime

from dialer.call import Disposition
from media.agent import script
from media.agent.state import finish
from media.agent.turn import Surroundings, Turn, ask, done, hand_over
from media.engines.llm.port import Decline, RaiseObjection


async def objections(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """End politely on a refusal; otherwise answer and repeat the open question."""
    talk = state["talk"]
    for request in state["requests"]:
        if isinstance(request, Decline):
            if request.reason == "has_agent":
                talk = talk.with_(answers=talk.answers | {"has_agent": "yes"})
            talk = finish(talk.with_(held=None), Disposition.NOT_INTERESTED)
            return done(talk, script.DECLINED[request.reason])
    for request in state["requests"]:
        if isinstance(request, RaiseObjection):
            return ask(runtime.context.brief, talk, script.OBJECTIONS[request.kind])
    return hand_over(talk, "reprompt")
