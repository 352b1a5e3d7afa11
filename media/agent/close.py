"""The ends of a conversation that found no end of its own: goodbye, limit, trouble on the line."""

from langgraph.runtime import Runtime

from dialer.call import CallBrief, Disposition
from media.agent import script
from media.agent.callback_time import default_callback
from media.agent.spoken import local_now, say_near
from media.agent.state import TalkState, finish
from media.agent.turn import Surroundings, Turn, done

_MOST_MISSES = 3


async def close(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """The callee says goodbye."""
    talk, brief = state["talk"], runtime.context.brief
    return done(part(talk, brief), script.GOODBYE)


async def reprompt(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Not understood: two variations of the question, then a yes-or-no form, then goodbye."""
    talk, brief = state["talk"], runtime.context.brief
    talk = talk.with_(misses=talk.misses + 1)
    if talk.misses <= _MOST_MISSES:
        return done(talk, script.again(brief, talk))
    parted = part(talk, brief)
    if parted.callback_at is not None:
        now = local_now(brief)
        when = say_near(parted.callback_at.astimezone(now.tzinfo), now)
        return done(parted, script.callback_goodbye(when))
    return done(parted, script.TROUBLE)


def part(talk: TalkState, brief: CallBrief) -> TalkState:
    """End without an outcome: believe a wrong number, keep a promise, follow up if warm."""
    if talk.question == "callback":
        again = default_callback(local_now(brief))
        return finish(talk, Disposition.CALLBACK_REQUESTED, again)
    if talk.question == "wrong_number":
        return finish(talk, Disposition.WRONG_NUMBER)
    warm = talk.answers.get("motivation") in ("high", "some")
    return finish(talk, Disposition.WARM_FOLLOWUP if warm else Disposition.HUNG_UP)
