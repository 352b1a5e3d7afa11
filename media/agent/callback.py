"""The callback node: when to call again, as an exact moment in the lead's own day."""

from langgraph.runtime import Runtime

from dialer.call import Disposition
from media.agent import script
from media.agent.callback_time import callback_time, default_callback
from media.agent.spoken import local_now, say_near
from media.agent.state import finish
from media.agent.turn import Surroundings, Turn, ask, done
from media.engines.llm.port import RequestHuman, ScheduleCallback


async def callback(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Take the time that was named; ask for it once; then settle for tomorrow at ten."""
    talk, brief = state["talk"], runtime.context.brief
    now = local_now(brief)
    wants_human = any(isinstance(request, RequestHuman) for request in state["requests"])
    if wants_human:
        talk = talk.with_(answers=talk.answers | {"wants_human": "yes"})
    moment = next((at for words in _wishes(state) if (at := callback_time(words, now))), None)
    if moment is None and talk.question == "callback":
        moment = default_callback(now)
    if moment is None:
        before = script.no_transfer(brief) if wants_human else "No problem."
        return ask(brief, talk.with_(question="callback"), before)
    ended = finish(talk, Disposition.CALLBACK_REQUESTED, moment)
    return done(ended, script.callback_goodbye(say_near(moment, now)))


def _wishes(state: Turn) -> list[str]:
    """The words about a time, as the model copied them, then as they were heard."""
    asked = [r.when for r in state["requests"] if isinstance(r, ScheduleCallback | RequestHuman)]
    return [*asked, state["text"]]
