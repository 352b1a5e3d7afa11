"""The fixed sentences that one call is likely to need, for rendering before the phone rings."""

from dialer.call import CallBrief
from media.agent import script
from media.agent.schedule import offer
from media.agent.state import TalkState


def likely(brief: CallBrief) -> tuple[str, ...]:
    """Without repeats, the most likely first."""
    offered = offer(TalkState(), brief)
    read_backs = tuple(
        script.read_back(brief, TalkState(held=slot_id)) for slot_id in offered["talk"].offered
    )
    sentences = (
        *script.opening(brief),
        "Great.",
        *script.asks(brief),
        "Got it.",
        *offered["say"],
        *read_backs,
        *script.booked_goodbye(brief),
        *script.NOT_INTERESTED,
        *script.DO_NOT_CALL,
        "No problem.",
        script.CALLBACK,
        *script.warm_goodbye(brief),
        *script.STILL_THERE,
        *script.SILENT,
        *(sentence for n in (1, 2) for sentence in script.again(brief, TalkState(misses=n))),
        "I'm sorry.",
        script.question(brief, TalkState(question="wrong_number")),
        *script.WRONG_NUMBER,
        script.robot(brief),
        script.who_is_calling(brief),
        script.how_we_got_the_number(brief),
        *script.HAS_AGENT,
        *script.ALREADY_SOLD,
        *script.OBJECTIONS.values(),
        *script.TROUBLE,
        *script.GOODBYE,
    )
    return tuple(dict.fromkeys(sentences))
