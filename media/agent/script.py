"""Every sentence that the agent says of its own: openings, questions, answers, goodbyes."""

from dialer.call import CallBrief
from media.agent.spoken import local_start, say_choice, say_moment
from media.agent.state import TalkState, find_slot

OPT_OUT_HINT = "Say stop at any time and we won't call again."
GOOD_TIME = "Is this a good time?"
CALLBACK = "When should I call you back?"
CLAIMS_BLOCKED = "Our agent can tell you more about that."
SLOT_TAKEN = "Sorry, that time was just taken."
RESUMED = "Sorry, the line dropped for a moment."

DO_NOT_CALL = ("I understand.", "We won't call you again. Goodbye.")
WRONG_NUMBER = ("Sorry for the trouble. Goodbye.",)
NOT_INTERESTED = ("I understand. Thanks for your time. Goodbye.",)
HAS_AGENT = ("Then you're in good hands, and we won't step in between. Goodbye.",)
ALREADY_SOLD = ("Congratulations! Thanks for letting us know. Goodbye.",)
NOT_OWNER = ("I see, thanks for telling me. Goodbye.",)
MINOR = ("Okay, thank you. I'll try again another time. Goodbye.",)
EMERGENCY = ("Please hang up and call 911 right away.",)
NO_RECORDING = ("I understand, so I'll end this recorded call now. Goodbye.",)
SILENT = ("I can't hear you, so I'll let you go. Goodbye.",)
TROUBLE = ("I'm sorry, I'm having trouble understanding. I'll let you go. Goodbye.",)
LIMIT = ("I have to end the call here. Thanks for your time. Goodbye.",)
GOODBYE = ("Thanks for your time. Goodbye.",)

DECLINED = {
    "not_interested": NOT_INTERESTED,
    "has_agent": HAS_AGENT,
    "already_sold": ALREADY_SOLD,
    "not_owner": NOT_OWNER,
}
OBJECTIONS = {
    "price": "I can't name a value on the phone, but our agent can.",
    "fees": "Talking is free; our agent will go through the terms with you.",
    "email": "I can only talk on this line, but our agent can write to you.",
    "scam": "Fair question; I only ask a few things and never for payment.",
    "repeat": "Sure.",
}
STILL_THERE = ("Are you still there?", "Hello, can you hear me?")

_ASK = {
    "sell": {
        "motivation": "Are you thinking about selling your home?",
        "timeline": "How soon would you like to sell?",
        "has_agent": "Are you already working with an agent?",
        "authority": "Are you the one who decides on the sale?",
        "price_or_finance": "Do you have a price in mind?",
    },
    "buy": {
        "motivation": "Are you looking to buy a home?",
        "timeline": "How soon would you like to buy?",
        "has_agent": "Are you already working with an agent?",
        "authority": "Are you the one who decides on the purchase?",
        "price_or_finance": "Is your financing ready, or will you pay cash?",
    },
}
_YES_NO = {
    "sell": {"timeline": "would you like to sell within six months?"},
    "buy": {
        "timeline": "would you like to buy within six months?",
        "price_or_finance": "is your financing ready?",
    },
}
_AGAIN = ("Sorry, I didn't catch that.", "Sorry, once more please.")


def opening(brief: CallBrief) -> tuple[str, ...]:
    """Greeting, disclosure, purpose, recording notice and way out before the first question."""
    name = f"Hi {brief.lead.first_name}" if brief.lead.first_name.strip() else "Hello"
    line = " on a recorded line" if brief.record else ""
    greeting = f"{name}, this is {disclosure(brief)}{line}, {purpose(brief)}."
    return (greeting, OPT_OUT_HINT, GOOD_TIME)


def disclosure(brief: CallBrief) -> str:
    """Who calls, truthfully: an AI assistant, for whom."""
    return f"{brief.assistant_name}, an AI assistant calling for {brief.brand}"


def purpose(brief: CallBrief) -> str:
    """The brief's purpose as it follows the brand: "about your home on Pine Street"."""
    text = brief.purpose.strip().rstrip(".")
    if not text:
        return f"about {'buying' if intent(brief) == 'buy' else 'selling'} a home"
    led = text.split()[0].lower() in ("about", "regarding", "to", "because", "for")
    return text if led else f"about {text}"


def intent(brief: CallBrief) -> str:
    """`buy` or `sell`; whatever else a list says is asked like a sale."""
    return "buy" if brief.lead.intent.strip().lower().startswith("buy") else "sell"


def who_is_calling(brief: CallBrief) -> str:
    """The answer to "who is this?"."""
    return f"This is {disclosure(brief)}, {purpose(brief)}."


def robot(brief: CallBrief) -> str:
    """The answer to "are you a robot?", in whatever wording it was asked."""
    return f"I'm an AI assistant calling for {brief.brand}, not a person."


def how_we_got_the_number(brief: CallBrief) -> str:
    """The answer to "how did you get my number?"."""
    return f"Your number is in {brief.brand}'s contact records; say stop and we won't call again."


def recording(brief: CallBrief) -> str:
    """The answer to "are you recording this?"."""
    return "Yes, this call is recorded." if brief.record else "No, this call isn't recorded."


def no_transfer(brief: CallBrief) -> str:
    """The honest answer to "let me speak to a human"."""
    return f"I can't transfer you, but a person from {brief.brand} can call you back."


def warm_goodbye(brief: CallBrief) -> tuple[str, ...]:
    """The end below the threshold, or when no time could be found."""
    return (f"Thank you, that helps. Someone from {brief.brand} will follow up. Goodbye.",)


def booked_goodbye(brief: CallBrief) -> tuple[str, ...]:
    """The end of a booking call."""
    return (f"You're booked. Thank you for choosing {brief.brand}, goodbye.",)


def callback_goodbye(when: str) -> tuple[str, ...]:
    """The end of a call that goes on another time."""
    return (f"Okay, we'll call you {when}. Goodbye.",)


def question(brief: CallBrief, talk: TalkState) -> str:
    """The open question in its plain form."""
    if talk.question == "good_time":
        return GOOD_TIME
    if talk.question == "wrong_number":
        who = brief.lead.first_name or "the owner"
        return f"Just to be sure, do I have the wrong number for {who}?"
    if talk.question == "callback":
        return CALLBACK
    if talk.question == "slot":
        return f"Would {_offered_times(brief, talk)} suit you?"
    if talk.question == "confirm":
        return read_back(brief, talk)
    return _ASK[intent(brief)][talk.question]


def again(brief: CallBrief, talk: TalkState) -> tuple[str, ...]:
    """The open question after a turn that was not understood: two variations, then yes or no."""
    if talk.misses <= len(_AGAIN):
        return (_AGAIN[max(talk.misses, 1) - 1], question(brief, talk))
    return (f"Please just say yes or no: {_yes_no_form(brief, talk)}",)


def offer(brief: CallBrief, talk: TalkState) -> str:
    """The first words about an appointment."""
    ask = "Which suits you?" if len(talk.offered) > 1 else "Does that suit you?"
    return f"Our agent could meet you {_offered_times(brief, talk)}. {ask}"


def read_back(brief: CallBrief, talk: TalkState) -> str:
    """The held slot, to be confirmed."""
    slot = find_slot(brief, talk.held or "")
    who = f" with {slot.agent_name}" if slot and slot.agent_name else ""
    return f"That's {held_time(brief, talk)}{who}, is that right?"


def held_time(brief: CallBrief, talk: TalkState) -> str:
    """The held slot's time as it is spoken."""
    slot = find_slot(brief, talk.held or "")
    return say_moment(local_start(brief, slot)) if slot else ""


def asks(brief: CallBrief) -> tuple[str, ...]:
    """The qualification questions of this lead's intent."""
    return tuple(_ASK[intent(brief)].values())


def _offered_times(brief: CallBrief, talk: TalkState) -> str:
    slots = [slot for slot_id in talk.offered if (slot := find_slot(brief, slot_id))]
    return say_choice([local_start(brief, slot) for slot in slots])


def _yes_no_form(brief: CallBrief, talk: TalkState) -> str:
    if talk.question == "slot":
        return f"does {_offered_times(brief, talk.with_(offered=talk.offered[:1]))} work?"
    if talk.question == "callback":
        return "may we call you tomorrow at 10 AM?"
    plain = question(brief, talk)
    return _YES_NO[intent(brief)].get(talk.question, plain[0].lower() + plain[1:])
