"""The rules' reading of one turn: which tools to call, and one short sentence to say."""

from dataclasses import dataclass

from media.engines.llm.answers import answer, volunteered
from media.engines.llm.intents import (
    APPOINTMENT,
    BUSY,
    CALLBACK_WORDS,
    DECLINES,
    GOODBYE,
    HUMAN,
    OBJECTIONS,
    negated,
    polarity,
    unsure,
)
from media.engines.llm.port import (
    ChooseSlot,
    Decline,
    EndCall,
    NotUnderstood,
    RaiseObjection,
    RecordAnswer,
    RefuseSlots,
    RequestHuman,
    ScheduleCallback,
    ToolRequest,
    TurnContext,
    WantAppointment,
)
from media.engines.llm.slot_choice import choose, refuses
from media.engines.llm.spoken_time import parse_time
from media.engines.llm.words import canonical, matches, phrases

_CLEAR_WORDS = 5
_NEARLY = {
    "us": "yes", "yas": "yes", "yeas": "yes", "ness": "yes", "jess": "yes", "yah": "yes",
    "shore": "sure", "write": "right", "know": "no",
}  # fmt: skip
"""A whole utterance that sounds like a short answer and means nothing by itself."""
_AHEAD = phrases(r"^(\w+ )?ahead$")
_CALL_AGAIN = phrases("call (me|us) (back|later|again|tomorrow)")
"""So many words in a row are no accident, and another call does no harm."""
_FORGIVING = ("good_time", "motivation", "authority", "price_or_finance")
"""The questions where a guessed yes does no harm: it neither books nor ends the call."""
_QUALIFYING = ("motivation", "timeline", "has_agent", "authority", "price_or_finance")


@dataclass(frozen=True, slots=True)
class Reading:
    """`clear`: a short utterance that was matched, to be believed even when barely recognised."""

    requests: tuple[ToolRequest, ...]
    remark: str = ""
    clear: bool = False


def read(text: str, context: TurnContext) -> Reading:
    """What the caller meant by `text` as an answer to the open question of `context`."""
    words = canonical(text)
    if context.question in _FORGIVING:
        words = _NEARLY.get(words, "go ahead" if matches(_AHEAD, words) else words)
    requests = _requests(words, text, context) if words else ()
    if not requests:
        return Reading((NotUnderstood(),))
    return Reading(requests, _remark(requests, context), _clear(words, requests, context))


def _clear(words: str, requests: tuple[ToolRequest, ...], context: TurnContext) -> bool:
    """Short enough to be believed; what ends or books needs to be heard well, or twice."""
    if any(isinstance(request, EndCall) for request in requests):
        return False
    if RecordAnswer(slot="confirm", value="yes") in requests and not context.asked_again:
        return False
    return len(words.split()) <= _CLEAR_WORDS or matches(_CALL_AGAIN, words)


def _requests(words: str, text: str, context: TurnContext) -> tuple[ToolRequest, ...]:
    urgent = _whatever_was_asked(words, text, context)
    if urgent:
        return (urgent,)
    if context.question == "slot":
        return _slot(words, text, context)
    if context.question == "callback":
        return _callback(words, text)
    if context.question == "confirm":
        return _confirm(words, text, context)
    return _qualification(words, text, context)


def _whatever_was_asked(words: str, text: str, context: TurnContext) -> ToolRequest | None:
    """Wishes that stand above the open question, the strongest first."""
    question = context.question
    if matches(HUMAN, words):
        return RequestHuman(when=text if parse_time(text) else "")
    decline = _decline(words, context)
    if decline:
        return decline
    if question != "slot" and matches(BUSY, words):
        return ScheduleCallback(when=text)
    if question == "slot" and ("call me" in words or "callback" in words):
        return ScheduleCallback(when=text)
    for kind, pattern in OBJECTIONS.items():
        if matches(pattern, words) and not (kind == "price" and question == "price_or_finance"):
            return RaiseObjection.model_validate({"kind": kind})
    wants = question not in ("slot", "confirm", "callback", "wrong_number")
    if wants and matches(APPOINTMENT, words) and not negated(words):
        return WantAppointment()
    booking = question == "confirm" and answer(words, context) == "yes"
    return EndCall() if matches(GOODBYE, words) and not booking else None


def _decline(words: str, context: TurnContext) -> ToolRequest | None:
    for reason, pattern in DECLINES.items():
        if not matches(pattern, words):
            continue
        if reason == "not_interested" and context.question in ("slot", "confirm"):
            if "interested" in words:
                return Decline()
            continue
        if reason == "not_interested" and context.question == "motivation" and unsure(words):
            continue
        if reason != "not_interested" and negated(words) and reason != "not_owner":
            continue
        return Decline.model_validate({"reason": reason})
    return None


def _slot(words: str, text: str, context: TurnContext) -> tuple[ToolRequest, ...]:
    chosen = choose(words, context.offered)
    if chosen:
        return (ChooseSlot(slot_id=chosen.slot_id),)
    if context.form == "yes_no" and polarity(words) == "yes" and context.offered:
        return (ChooseSlot(slot_id=context.offered[0].slot_id),)
    if refuses(words, context.offered):
        return (RefuseSlots(when=text if parse_time(text) else ""),)
    return ()


def _callback(words: str, text: str) -> tuple[ToolRequest, ...]:
    anytime = ("whenever", "any time", "anytime", "any day", "dont care", "up to you", "later")
    if parse_time(text) or unsure(words) or any(word in words for word in anytime):
        return (ScheduleCallback(when=text),)
    said = polarity(words)
    if said is None:
        return ()
    return (ScheduleCallback(when="tomorrow"),) if said == "yes" else (Decline(),)


def _confirm(words: str, text: str, context: TurnContext) -> tuple[ToolRequest, ...]:
    chosen = context.offered[0] if context.offered else None
    if chosen and parse_time(text) and choose(words, (chosen,)) is None:
        return (RefuseSlots(when=text),)
    value = answer(words, context)
    return (RecordAnswer(slot="confirm", value=value),) if value else ()


def _qualification(words: str, text: str, context: TurnContext) -> tuple[ToolRequest, ...]:
    found = volunteered(words, context)
    value = None if context.question in found else answer(words, context)
    if context.question == "motivation" and found.keys() == {"has_agent"}:
        value = None  # "no, I don't have an agent" is no word about selling
    if value and not (context.question == "good_time" and value == "no" and found):
        found[context.question] = value
    if found:
        return tuple(RecordAnswer(slot=slot, value=value) for slot, value in found.items())
    if context.question == "good_time" and (matches(CALLBACK_WORDS, words) or parse_time(text)):
        return (ScheduleCallback(when=text),)
    return ()


def _remark(requests: tuple[ToolRequest, ...], context: TurnContext) -> str:
    """The acknowledgement that goes before the next question; one of a few cached sentences."""
    if not all(isinstance(request, RecordAnswer) for request in requests):
        return ""
    if context.question == "good_time":
        return "Great."
    return "Got it." if context.question in _QUALIFYING else ""
