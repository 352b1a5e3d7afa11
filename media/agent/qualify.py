"""The qualification node: keep the answers, then ask on, offer a time, or part as friends."""

from langgraph.runtime import Runtime

from dialer.call import Disposition
from media.agent import script
from media.agent.score import QUESTION_ORDER, next_question, score
from media.agent.state import TalkState, finish
from media.agent.turn import Surroundings, Turn, ask, done, hand_over
from media.engines.llm.port import RecordAnswer, ToolRequest

_KEPT = (*QUESTION_ORDER, "condition")


async def qualify(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Decide by the score, which code computes from the answers."""
    talk, brief = keep_answers(state["talk"], state["requests"]), runtime.context.brief
    if talk.answers.get("motivation") == "none":
        return done(finish(talk, Disposition.NOT_INTERESTED), script.NOT_INTERESTED)
    if talk.answers.get("has_agent") in ("yes", "listed"):
        return done(finish(talk, Disposition.NOT_INTERESTED), script.HAS_AGENT)
    if score(talk.answers) >= brief.qualification_threshold:
        return hand_over(talk, "schedule")
    question = next_question(talk.answers)
    if question is None:
        return done(finish(talk, Disposition.WARM_FOLLOWUP), script.warm_goodbye(brief))
    if question == talk.question:
        return hand_over(talk, "reprompt")
    return ask(brief, talk.with_(question=question), state.get("remark", ""))


def keep_answers(talk: TalkState, requests: tuple[ToolRequest, ...]) -> TalkState:
    """The state with the facts that were stated; what was said last counts."""
    said = {r.slot: r.value for r in requests if isinstance(r, RecordAnswer) and r.slot in _KEPT}
    return talk.with_(answers=talk.answers | said)
