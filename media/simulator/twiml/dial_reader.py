"""Reads Dial with Numbers, a plain number, or a Conference."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from media.simulator.records.recording import RecordingWish
from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.prompt_reader import alone, text_of
from media.simulator.twiml.recording_reader import events, trim, wish
from media.simulator.twiml.verbs import Dial, DialConference, DialNumber

_RECORD = {
    "do-not-record": 0,
    "false": 0,
    "true": 1,
    "record-from-answer": 1,
    "record-from-ringing": 1,
    "record-from-answer-dual": 2,
    "record-from-ringing-dual": 2,
}
"""Value of `record` -> channels."""
_MOST_CONFERENCE = 250
_MOST_S = 14_400
_MOST_REASON = 50


def dial(element: ElementTree.Element, warn: Warn) -> tuple[Dial, ...]:
    """`<Dial>`; a conference goes before numbers."""
    attributes = Attributes(element, warn)
    if len(attributes.text("callReason")) > _MOST_REASON:
        warn(f"callReason of <Dial> is longer than {_MOST_REASON} characters", SCHEMA)
    to = _destination(element, warn)
    if not to:
        warn("<Dial> has nobody to call", SCHEMA)
        return ()
    verb = Dial(
        to=to,
        action=attributes.address("action"),
        method=attributes.method(),
        timeout_s=attributes.whole("timeout", 30, 1, 600),
        time_limit_s=attributes.whole("timeLimit", _MOST_S, 1, 86_400),
        caller_id=attributes.address("callerId"),
        answer_on_bridge=attributes.flag("answerOnBridge", False),
        hangup_on_star=attributes.flag("hangupOnStar", False),
        record=_record(attributes),
    )
    return (verb,)


def _record(attributes: Attributes) -> RecordingWish | None:
    channels = _RECORD[attributes.choice("record", tuple(_RECORD), "do-not-record")]
    track = attributes.choice("recordingTrack", ("inbound", "outbound", "both"), "both")
    made = wish(attributes, channels, track)
    return made if channels else None


def _destination(
    element: ElementTree.Element, warn: Warn
) -> tuple[DialNumber, ...] | DialConference | None:
    numbers = []
    conferences = []
    for child in element:
        if child.tag == "Number":
            numbers.append(_number(child, warn))
        elif child.tag == "Conference":
            conferences.append(_conference(child, warn))
        else:
            warn(f"<{child.tag}> in <Dial> is not supported", SCHEMA)
    plain = _squeezed("".join([element.text or "", *(child.tail or "" for child in element)]))
    if plain:
        numbers.append(DialNumber(plain, None, "", None, frozenset()))
    if conferences:
        if numbers or len(conferences) > 1:
            warn("a <Conference> is dialed alone", SCHEMA)
        return conferences[0]
    return tuple(number for number in numbers if number.number)


def _squeezed(number: str) -> str:
    """Without the blanks, brackets, dots and dashes that people write into numbers."""
    return re.sub(r"[\s().-]", "", number)


def _number(element: ElementTree.Element, warn: Warn) -> DialNumber:
    attributes = Attributes(element, warn)
    alone(element, warn)
    number = _squeezed(text_of(element))
    if not number:
        warn("<Number> is empty", SCHEMA)
    return DialNumber(
        number=number,
        url=attributes.address("url"),
        send_digits=attributes.text("sendDigits"),
        status_callback=attributes.address("statusCallback"),
        status_callback_events=attributes.words("statusCallbackEvent", "completed"),
        method=attributes.method(),
        status_callback_method=attributes.method("statusCallbackMethod"),
    )


def _conference(element: ElementTree.Element, warn: Warn) -> DialConference:
    attributes = Attributes(element, warn)
    alone(element, warn)
    recorded = attributes.choice(
        "record", ("do-not-record", "record-from-start", "true", "false"), "do-not-record"
    )
    conference = DialConference(
        name=text_of(element),
        muted=attributes.flag("muted", False),
        start_on_enter=attributes.flag("startConferenceOnEnter", True),
        end_on_exit=attributes.flag("endConferenceOnExit", False),
        max_participants=attributes.whole("maxParticipants", _MOST_CONFERENCE, 2, _MOST_CONFERENCE),
        wait_url=attributes.get("waitUrl"),
        coach=attributes.text("coach"),
        label=attributes.text("participantLabel"),
        record=recorded in {"record-from-start", "true"},
        recording_callback=attributes.address("recordingStatusCallback"),
        status_callback=attributes.address("statusCallback"),
        status_callback_events=attributes.words("statusCallbackEvent"),
        wait_method=attributes.method("waitMethod"),
        beep=attributes.choice("beep", ("true", "false", "onEnter", "onExit"), "true"),
    )
    return replace(
        conference,
        status_callback_method=attributes.method("statusCallbackMethod"),
        recording_callback_method=attributes.method("recordingStatusCallbackMethod"),
        recording_events=events(attributes),
        trim=trim(attributes),
    )
