"""Makes the form of a call, and the document it runs, of `POST Participants.json`."""

import re
from xml.sax.saxutils import escape, quoteattr

from media.simulator.calls.detection_form import KEYS as DETECTION
from media.simulator.calls.form import Form, first
from media.simulator.calls.recording_form import KEYS as RECORDING
from media.simulator.errors import ApiError

_OF_THE_CALL = {
    "From",
    "To",
    "Timeout",
    "TimeLimit",
    "CallerId",
    "CallReason",
    "StatusCallback",
    "StatusCallbackMethod",
    *DETECTION,
    *RECORDING,
}
_OF_THE_ROOM = {
    "Muted": "muted",
    "Beep": "beep",
    "StartConferenceOnEnter": "startConferenceOnEnter",
    "EndConferenceOnExit": "endConferenceOnExit",
    "Label": "participantLabel",
    "CallSidToCoach": "coach",
    "MaxParticipants": "maxParticipants",
    "WaitUrl": "waitUrl",
    "WaitMethod": "waitMethod",
    "ConferenceRecord": "record",
    "ConferenceTrim": "trim",
    "ConferenceStatusCallback": "statusCallback",
    "ConferenceStatusCallbackMethod": "statusCallbackMethod",
    "ConferenceRecordingStatusCallback": "recordingStatusCallback",
    "ConferenceRecordingStatusCallbackMethod": "recordingStatusCallbackMethod",
}
"""Parameter -> attribute of `<Conference>`."""
_BAD_LABEL = 16023
_CALL_SID = re.compile("CA[0-9a-f]{32}")


def call_form(form: Form, room: str) -> Form:
    """The form of a create that takes the called one into `room`. Raises `ApiError` 16023.

    Machine detection of a participant is always asynchronous (Twilio).
    """
    fields = {key: values for key, values in form.items() if key in _OF_THE_CALL}
    words = [word for value in form.get("StatusCallbackEvent", ()) for word in value.split()]
    fields["StatusCallbackEvent"] = words
    if "MachineDetection" in fields:
        fields["AsyncAmd"] = ["true"]
        for key in ("StatusCallback", "StatusCallbackMethod"):
            fields[f"AsyncAmd{key}"] = form.get(f"Amd{key}", [])
    return {**fields, "Twiml": [_document(form, room)]}


def _document(form: Form, room: str) -> str:
    label = first(form, "Label") or ""
    if len(label) > 128 or "/" in label or _CALL_SID.fullmatch(label):
        raise ApiError(_BAD_LABEL, f"{label} cannot be a participant's label.")
    given = {name: form[key][0] for key, name in _OF_THE_ROOM.items() if form.get(key)}
    for key, usual, name in (
        ("ConferenceStatusCallbackEvent", "start end", "statusCallbackEvent"),
        ("ConferenceRecordingStatusCallbackEvent", "completed", "recordingStatusCallbackEvent"),
    ):
        given[name] = " ".join(form.get(key, ())) or usual
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in given.items())
    return f"<Response><Dial><Conference{attributes}>{escape(room)}</Conference></Dial></Response>"
