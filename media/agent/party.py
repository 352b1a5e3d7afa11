"""The right-party node: is this the person, and is it a good time?"""

from langgraph.runtime import Runtime

from dialer.call import Disposition
from media.agent import script
from media.agent.gate import wrong_number
from media.agent.state import finish
from media.agent.turn import Surroundings, Turn, ask, done, hand_over
from media.engines.llm.port import RecordAnswer, WrongNumber


async def party(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Settle who answered and whether to go on now, then qualify."""
    talk, brief = state["talk"], runtime.context.brief
    if any(isinstance(request, WrongNumber) for request in state["requests"]):
        return wrong_number(talk, brief)
    said = {r.slot: r.value for r in state["requests"] if isinstance(r, RecordAnswer)}
    if said.get("wrong_number") == "yes":
        return done(finish(talk, Disposition.WRONG_NUMBER), script.WRONG_NUMBER)
    if talk.question == "wrong_number":
        if said.get("wrong_number") != "no":
            return hand_over(talk, "reprompt")
        return ask(brief, talk.with_(question=talk.after_wrong_number), "Thank you.")
    if said.get("good_time") == "no":
        return hand_over(talk, "callback")
    return hand_over(talk, "qualify")
