"""The model's own sentence before it is spoken: one, short, and no claim the firm must keep."""

import re

from media.agent import script

_FORBIDDEN = re.compile(
    r"[$€£%]|\d{4,}|\b(dollars?|bucks|grand|thousand|million|percent|commissions?|fees?|pric(e|es|ed|"
    r"ing)|worth|valued?|apprais\w+|guarantee\w*|promis\w*|assur\w*|legal\w*|law\w*|attorney|"
    r"contract\w*|tax\w*|invest\w*|mortgage rates?|interest rates?|profit\w*|book(ed|ing)?|"
    r"scheduled|confirmed|reserved|removed|human|(real|actual|live) person|not an? (ai|robot|bot)|"
    r"instructions?|prompt|tool)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[*_#`<>{}\[\]|\\]")
_MOST_CHARACTERS = 120


def speakable(text: str) -> str:
    """The first sentence of the text, or a canned line if it claims what only people may claim.

    Questions are dropped, because the program asks them; so is anything too long to be short.
    """
    plain = " ".join(_MARKUP.sub(" ", text).split())
    sentence = re.split(r"(?<=[.!?])\s", plain, maxsplit=1)[0]
    if sentence.endswith("?") or len(sentence) > _MOST_CHARACTERS:
        return ""
    if _FORBIDDEN.search(sentence):
        return script.CLAIMS_BLOCKED
    return sentence if not sentence or sentence[-1] in ".!" else f"{sentence}."
