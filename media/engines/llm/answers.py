"""Qualification answers in canonical text: which fact was stated, and as which value."""

import re
from datetime import datetime

from media.engines.llm.intents import negated, polarity, unsure
from media.engines.llm.port import TurnContext
from media.engines.llm.spoken_time import MONTHS, parse_time
from media.engines.llm.words import matches, phrases

_SOON = phrases(
    "asap", "as soon as possible", "right away", "immediately", "now", "soon", "very soon",
    "this (week|month)", "next (week|month)", "yesterday", "quickly", "fast", "tomorrow", "today",
    "any time", "anytime", "ready to go", "as fast as",
)  # fmt: skip
_LATE = phrases(
    "no (rush|hurry|plans)", "not (for a while|soon|anytime soon|any time soon)", "someday",
    "some day", "eventually", "down the road", "in a while", "years", "not in a hurry", "later",
    "far", "long time", "retire",
)  # fmt: skip
_UNDATED = phrases("when (the|my|our|we|i|it|school)", "whenever", "once (the|my|our|we|i|it)")
_SEASONS = {"spring": 4, "summer": 7, "fall": 10, "autumn": 10, "winter": 1, "christmas": 12}
# A recogniser loses "months" at the end of a line more easily than the number before it.
_BARE_COUNT = re.compile(r"\b(?:in|within|about|maybe|next) (\d{1,2})(?: \w+)?$")
_IN_MAY = phrases("(in|by|next) may")
_HIGH = phrases(
    "looking to (sell|buy|move)", "want to (sell|buy|move)", "need to (sell|buy|move)",
    "have to (sell|buy|move)", "ready to (sell|buy|move)", "going to (sell|buy|move)",
    "planning (to|on)", "relocat\\w+", "new job", "divorc\\w+", "downsiz\\w+", "retir\\w+",
    "inherit\\w+", "bigger (place|house|home)", "smaller (place|house|home)", "baby",
    "we are moving", "im moving", "need more (space|room)",
    "(id|would|wed) like to (sell|buy|move)",
    "too (big|small)",
)  # fmt: skip
_WONDERING = phrases("(thinking|considering) (about |of )?(it|selling|buying|moving)")
_WHEN = phrases("^(yes )?(maybe |probably )?(in|within|next|this) ")
_SOME = phrases(
    "maybe", "might", "thinking", "consider\\w*", "depends", "possibly", "perhaps", "curious",
    "(not|arent) sure", "open to", "eventually", "if the price", "for the right (price|offer)",
    "i guess", "just looking",
    "exploring", "browsing", "dont know", "someday",
)  # fmt: skip
_STAYING = phrases(
    "stay(ing)?( here| put)?", "love (it|this|my|our)", "no plans", "happy (here|where)",
    "dont (want|plan) to", "never",
)  # fmt: skip
_NO_AGENT = phrases(
    "no (agent|realtor|broker)", "dont (have|use|need) (an|a|any|one) ?(agent|realtor|broker)?",
    "havent (talked|spoken|hired|signed|got|listed|found)", "not (yet|working|listed|with)",
    "fired",
    "by (myself|owner|ourselves)", "on (my|our) own", "nobody", "without", "not at the moment",
    "youre the first", "none", "(doing|selling|do|sell) (it|this|that) (myself|ourselves)",
)  # fmt: skip
_LISTED = phrases("listed", "listing", "on the market", "under contract")
_AGENT = phrases("agent", "realtor", "broker")
_JOINT = phrases(
    "(my )?(wife|husband|spouse|partner|brother|sister|siblings?)", "both( of us)?", "together",
    "co ?owner", "family", "we (both|all|decide)", "the two of us", "the 2 of us", "me and",
)  # fmt: skip
_SOLE = phrases(
    "just me", "only me", "me alone", "myself", "i decide", "im the (owner|1|one|only)", "sole",
    "mine", "its my (house|home|decision|place|call)", "i own it", "my decision", "thats me",
    "its me", "its just me", "yes i do", "yes im",
)  # fmt: skip
_NO_SAY = phrases(
    "my (mother|father|mom|dad|parent|son|daughter|landlord|boss|bank|kid)s?", "not me", "not mine",
    "rent(ing|er)?", "tenant", "somebody else", "someone else",
)  # fmt: skip
_READY = phrases(
    "flexible", "market (value|price)", "whatever", "open", "fair (price|offer|market)",
    "best offer", "pre ?approved", "approved", "cash", "financ(ing|ed) (is )?(ready|done|in place)",
    "hundred", "thousand", "million", "grand", "whats it worth", "negotiable", "have a price",
    "in mind", "have one",
)  # fmt: skip
_PARTLY = phrases(
    "not sure", "dont know", "depends", "roughly", "have to see", "working on", "talking to",
    "lender", "bank", "maybe", "no idea", "kind of", "sort of", "havent (decided|thought)",
    "you tell me", "what do you think", "applied", "mortgage",
)  # fmt: skip
_GOOD_SHAPE = phrases(
    "renovated", "remodel\\w*", "new (kitchen|roof|bath\\w*)", "updated", "(good|great) (shape|"
    "condition)", "move in ready", "excellent",
)  # fmt: skip
_NEEDS_WORK = phrases(
    "needs? (some |a lot of )?(work|repairs?|fixing)", "fixer", "bad shape", "damage\\w*"
)


def answer(text: str, context: TurnContext) -> str | None:
    """The value that `text` gives to the question that is open, or None."""
    question = context.question
    said = polarity(text)
    if question in ("good_time", "wrong_number"):
        return said
    if question == "confirm":
        return "yes" if said == "yes" and not negated(text) else "no" if said == "no" else None
    readers = {
        "motivation": _motivation,
        "has_agent": _has_agent,
        "authority": _authority,
        "price_or_finance": _price,
    }
    if question == "timeline":
        if context.form == "yes_no" and said:
            return "within_6_months" if said == "yes" else "later"
        return timeline(text, context.now)
    return readers[question](text) if question in readers else None


def volunteered(text: str, context: TurnContext) -> dict[str, str]:
    """Facts stated without being asked, only where the wording leaves no doubt."""
    found: dict[str, str] = {}
    if matches(_HIGH, text) and not negated(text):
        found["motivation"] = "high"
    elif context.question == "good_time" and matches(_WONDERING, text) and not negated(text):
        found["motivation"] = "some"
    elif _names_a_date(text, context):
        found["motivation"] = "high"
    eager = context.question == "motivation" and _motivation(text) == "high"
    if (eager or "motivation" in found) and _months(text, context.now) is not None:
        found["timeline"] = timeline(text, context.now) or "unknown"
    if matches(_AGENT, text) and matches(_NO_AGENT, text):
        found["has_agent"] = "no"
    if matches(_NEEDS_WORK, text) or matches(_GOOD_SHAPE, text):
        found["condition"] = "needs_work" if matches(_NEEDS_WORK, text) else "good"
    return found


def _names_a_date(text: str, context: TurnContext) -> bool:
    """Whether the answer to "do you think about selling?" is how soon."""
    asked = context.question == "motivation" and matches(_WHEN, text) and not negated(text)
    return asked and _months(text, context.now) is not None


def timeline(text: str, now: datetime) -> str | None:
    """How soon, as one of the timeline values; relative to `now` where a month is named."""
    if matches(_LATE, text):
        return "later"
    months = _months(text, now)
    if months is not None:
        limits = ((3, "within_3_months"), (6, "within_6_months"), (12, "within_12_months"))
        return next((value for limit, value in limits if months <= limit), "later")
    if matches(_SOON, text) and not negated(text):
        return "within_3_months"
    if matches(_UNDATED, text):
        return "unknown"
    return "unknown" if unsure(text) else "later" if polarity(text) == "no" else None


def _months(text: str, now: datetime) -> float | None:
    if "half" in text and "year" in text and "and a half" not in text:
        return 6
    if "year" in text.split() and not any(word in text for word in ("next", "this", "end of")):
        return 12
    if "this year" in text or "end of the year" in text:
        return 12 - now.month
    if "next year" in text:
        return 12
    spoken = parse_time(text)
    if spoken and spoken.in_days is not None and (_named_span(text)):
        return _last_number(text, spoken.in_days / 30)
    # "may" is a month only where the wording says so ("we may sell").
    said = (text if matches(_IN_MAY, text) else text.replace("may", "")).split()
    named = next((number for number, name in enumerate(MONTHS, start=1) if name in said), None)
    named = named or next((month for season, month in _SEASONS.items() if season in text), None)
    if named is None:
        bare = _BARE_COUNT.search(text)
        return float(bare[1]) if bare else None
    return (named - now.month) % 12


def _named_span(text: str) -> bool:
    return any(f"{unit}{s}" in text.split() for unit in ("day", "week", "month") for s in ("", "s"))


def _last_number(text: str, months: float) -> float:
    """Of a range ("three to six months") the later end counts."""
    if "month" not in text:
        return months
    numbers = [int(word) for word in text.split() if word.isdigit()]
    return max([months, *numbers])


def _motivation(text: str) -> str | None:
    if matches(_SOME, text):
        return "some"
    if matches(_STAYING, text) or polarity(text) == "no":
        return "none"
    return "high" if matches(_HIGH, text) or polarity(text) == "yes" else None


def _has_agent(text: str) -> str | None:
    if matches(_NO_AGENT, text):
        return "no"
    if matches(_LISTED, text) and not negated(text):
        return "listed"
    said = polarity(text)
    return said or ("yes" if matches(_AGENT, text) else None)


def _authority(text: str) -> str | None:
    if matches(_NO_SAY, text):
        return "none"
    if matches(_JOINT, text):
        return "joint"
    said = polarity(text)
    if matches(_SOLE, text) or said == "yes":
        return "sole"
    return "none" if said == "no" else None


def _price(text: str) -> str | None:
    if matches(_PARTLY, text):
        return "partly"
    if matches(_READY, text) or any(word.isdigit() for word in text.split()):
        return "ready"
    said = polarity(text)
    return None if said is None else "ready" if said == "yes" else "not_ready"
