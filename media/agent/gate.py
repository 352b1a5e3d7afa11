"""First node of a turn: the guard's rules answer before any model hears the words."""

import logging

from langgraph.runtime import Runtime

from dialer.call import CallBrief, Disposition
from media.agent import script
from media.agent.callback_time import default_callback
from media.agent.guard import Alarm, alarm, opt_out_words
from media.agent.port import AgentTools
from media.agent.spoken import local_now
from media.agent.state import TalkState, finish
from media.agent.turn import Surroundings, Turn, ask, done, hand_over

UNDERSTOOD = 0.35
"""Below this confidence words count only where the rules match them clearly."""

_ENDS_THE_CALL = ("emergency", "minor", "no_recording")
_log = logging.getLogger(__name__)


async def gate(state: Turn, *, runtime: Runtime[Surroundings]) -> Turn:
    """Opt-out first, committed before a word is said; then what the rules answer themselves."""
    talk, brief = state["talk"], runtime.context.brief
    words = opt_out_words(state["text"], state["confidence"] >= UNDERSTOOD, state["keyphrases"])
    if words is not None:
        return await _opt_out(talk, words, runtime.context.tools)
    if talk.ended:
        return done(talk, ())
    raised = alarm(state["text"], state["keyphrases"], brief.lead.first_name)
    if raised in _ENDS_THE_CALL and state["confidence"] < UNDERSTOOD:
        return hand_over(talk, "reprompt")
    if raised is not None:
        return _answer(raised, talk, brief)
    return hand_over(talk, "converse" if state["text"].strip() else "reprompt")


async def _opt_out(talk: TalkState, words: str, tools: AgentTools) -> Turn:
    try:
        await tools.opt_out(words)
    except Exception:
        # The result carries the words too, so the outcome's transaction suppresses the number.
        _log.exception("opt-out could not be committed in mid-call")
    talk = finish(talk, Disposition.DO_NOT_CALL).with_(opt_out_words=words, booked=None)
    return done(talk, script.DO_NOT_CALL)


def _answer(raised: Alarm, talk: TalkState, brief: CallBrief) -> Turn:
    if raised == "wrong_number":
        return wrong_number(talk, brief)
    if raised == "injection":
        return hand_over(talk, "reprompt")
    if raised == "emergency":
        return done(finish(talk, Disposition.HUNG_UP), script.EMERGENCY)
    if raised == "minor":
        again = default_callback(local_now(brief))
        return done(finish(talk, Disposition.CALLBACK_REQUESTED, again), script.MINOR)
    if raised == "no_recording" and brief.record:
        return done(finish(talk, Disposition.NOT_INTERESTED), script.NO_RECORDING)
    answers = {
        "robot": script.robot,
        "who": script.who_is_calling,
        "number": script.how_we_got_the_number,
    }
    return ask(brief, talk, answers.get(raised, script.recording)(brief))


def wrong_number(talk: TalkState, brief: CallBrief) -> Turn:
    """Ask once whether it is so; believe it the second time."""
    if talk.question == "wrong_number":
        return done(finish(talk, Disposition.WRONG_NUMBER), script.WRONG_NUMBER)
    asked = talk.with_(after_wrong_number=talk.question, question="wrong_number")
    return ask(brief, asked, "I'm sorry.")
