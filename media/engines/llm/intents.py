"""What callers mean whatever was asked: yes, no, busy, not interested, a person, a price."""

from typing import Literal

from media.engines.llm.words import matches, phrases

Polarity = Literal["yes", "no"]

_YES_IDIOMS = phrases(
    "no problem",
    "not a problem",
    "no worries",
    "why not",
    "dont mind",
    "no objections?",
    "as good as any",
)
_YES = phrases(
    "yes", "yeah", "yep", "yup", "ya", "sure", "ok", "correct", "right", "absolutely", "definitely",
    "of course", "go ahead", "i guess", "i do", "we do", "im$", "we are", "it is", "its fine",
    "sounds good", "works", "fine", "perfect", "great", "certainly", "exactly", "you bet",
    "please do", "i have a (minute|moment|second)", "speaking", "this is (she|he|her$|him$)",
    "good$", "good (time|for)", "go on", "make it quick",
)  # fmt: skip
_NO = phrases(
    "no", "nope", "nah", "not", "dont", "isnt", "arent", "never", "doesnt", "havent", "cant",
    "wont", "neither", "none",
)  # fmt: skip
_UNSURE = phrases(
    "dont know", "(not|arent|isnt|wasnt) sure", "no idea", "maybe", "perhaps", "might",
    "depends", "possibly",
    "unsure", "havent (decided|thought)", "hard to say", "not certain",
)  # fmt: skip

BUSY = phrases(
    "busy", "driving", "at work", "in a meeting", "in the middle of", "cant talk", "bad time",
    "not a good time", "not the best time", "not (right )?now", "no time(?! soon)",
    "dont have time",
    "another time", "some other time", "call (me |us )?(back|later|again|tomorrow|in |on |next )",
    "callback", "try (me )?(again|later|back)", "cooking", "eating", "having (lunch|dinner)",
    "with a (client|customer|patient)", "isnt (here|home|in|available)",
    "not (here|home|available)",
    "(her|his) (husband|wife|mother|father|son|daughter|brother|sister|assistant)",
    "at the (doctor|office|store|hospital|airport)",
    "(dont|never) call (me |us )?(before|until|till|after|now|today|at|on|this|in)",
)  # fmt: skip
CALLBACK_WORDS = phrases("later", "after", "back", "again", "in the", "tonight")
DECLINES = {
    "has_agent": phrases(
        "(have|got|use|hired|has) (an? |my |our |already an? )?(own )?(real estate )?"
        "(agent|realtor|broker)", "my (agent|realtor|broker)", "already (listed|represented)",
        "(working|signed|listed) (with|by) (someone|somebody|(an?|another|my|our) (real estate )?"
        "(agent|realtor|broker|agency|firm|one))", "(is|its) listed",
        "my (brother|sister|wife|husband|friend|cousin) is (an? |my )?(agent|realtor|broker)",
    ),
    "already_sold": phrases(
        "already (sold|bought|closed)", "(just|we|i|was|is|its|been|has) sold",
        "sold (it|the|my|our|already|last)", "(just|we|i) bought", "bought (a|one|already)",
    ),
    "not_owner": phrases(
        "(dont|do nt) own (a|the|any|it|that|this)", "not the owner", "im (just )?renting",
        "(we|i) (just )?rent", "im (a|the|just a) (tenant|renter)",
    ),
    "not_interested": phrases(
        "not (really |at all |very )?interested", "no interest", "isnt for me", "no thanks?",
        "no thank you", "not for (me|us)", "dont (want|need) (it|this|that|any|to (sell|buy|move))",
        "not (selling|buying|looking|moving|thinking)", "not going to (sell|buy|move)",
        "go away", "not for sale", "never (sell|selling)", "forget (it|about it)", "pass",
        "dont (care|bother)", "waste of (my )?time", "im good thanks?",
    ),
}  # fmt: skip
HUMAN = phrases(
    "(speak|talk) (to|with) (a |an |the |your |some )?(human|person|real|live|actual|someone|"
    "somebody|agent|manager|supervisor|representative|operator|boss)",
    "(a |real |live |actual )(human|person) (please|instead)", "get me a (human|person|manager)",
    "give me a (human|person|manager)", "transfer me", "operator",
    "(want|need|prefer) (a|an|to have a) (human|person|real person)",
)  # fmt: skip
APPOINTMENT = phrases(
    "appointment", "(like|want|love|happy|can|could|lets|set up|schedule|arrange) (to |a |we )?"
    "(meet|meeting|visit)", "schedule (it|something|a time)", "book (it|me|something|a time)",
    "set (it|something|that) up", "(come|stop|drop) (by|over)", "come (and )?(see|look)",
)  # fmt: skip
OBJECTIONS = {
    "fees": phrases("commission", "fees?", "(do|would) you charge", "cost me", "whats the catch"),
    "price": phrases(
        "whats (it|my|the) .*worth", "how much (is|can|could|would|will|do you think)", "how much",
        "whats (it|my (house|home|place)) worth", "home value", "what (will|can) i get",
        "make me an offer", "whats your offer",
    ),
    "email": phrases(
        "(send|mail|email|text) (me|it|us|over)", "send (some )?(info|information|details)",
        "in writing", "an email", "a text",
    ),
    "scam": phrases("scam", "fraud", "legit", "legitimate", "is this real", "for real", "trust"),
    "repeat": phrases(
        "say (that|it) again", "repeat", "^what$", "pardon", "excuse me",
        "didnt (hear|catch|get|understand)",
        "what did you say", "come again", "cant hear", "sorry what", "speak up", "louder",
    ),
}  # fmt: skip
GOODBYE = phrases(
    "bye", "goodbye", "good bye", "have to go", "gotta go", "got to go", "hang(ing)? up",
    "need to go", "must go",
)  # fmt: skip


def polarity(text: str) -> Polarity | None:
    """Yes or no in canonical text; None when neither, unsure, or contradictory."""
    if unsure(text):
        return None
    text = text.replace("right now", "now")
    if text == "what":
        return None
    if matches(_YES_IDIOMS, text):
        return "yes"
    yes, no = _YES.search(text), _NO.search(text)
    if yes and no:
        # "yeah no" means no, "no yeah" means yes; otherwise a longer sentence's first word leads.
        later_is_yes = yes.start() > no.start()
        if len(text.split()) == 2:
            return "yes" if later_is_yes else "no"
        return "no" if later_is_yes else "yes"
    if yes:
        return "yes"
    return "no" if no else None


def negated(text: str) -> bool:
    """Whether any word of refusal occurs ("yes but not ten")."""
    return matches(_NO, text) and not matches(_YES_IDIOMS, text)


def unsure(text: str) -> bool:
    """Whether the caller hedges ("maybe", "I don't know")."""
    return matches(_UNSURE, text)
