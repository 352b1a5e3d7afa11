"""Attributes of TwiML elements: which ones the carrier knows, and their values read strictly."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Collection

Warn = Callable[[str, int], None]
"""Takes a reason and a debugger code."""
SCHEMA = 12200
"""The carrier's warning for what its schema does not know."""

_STATUS = "statusCallback statusCallbackMethod"
_RECORDING = (
    "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent trim"
    " recordingConfigurationId"
)
_KNOWN = {
    "Say": "voice language loop",
    "Play": "digits loop",
    "Pause": "length",
    "Hangup": "",
    "Reject": "reason",
    "Redirect": "method",
    "Connect": "action method",
    "Start": "action method",
    "Stop": "",
    "Stream": f"name connectorName url track audioFormat sampleRate {_STATUS}",
    "Parameter": "name value",
    "Recording": f"track channels {_RECORDING}",
    "Record": (
        "action method timeout finishOnKey maxLength playBeep transcribe transcribeCallback "
        + _RECORDING
    ),
    "Gather": (
        "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey"
        " numDigits partialResultCallback partialResultCallbackMethod language hints bargeIn"
        " debug actionOnEmptyResult speechModel enhanced"
    ),
    "Dial": (
        "action method timeout hangupOnStar timeLimit callerId record answerOnBridge ringTone"
        " recordingTrack sequential referUrl referMethod events passports callReason " + _RECORDING
    ),
    "Number": (
        f"sendDigits url method byoc statusCallbackEvent {_STATUS} machineDetection"
        " amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout"
        " machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold"
        " machineDetectionSilenceTimeout"
    ),
    "Conference": (
        "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod"
        " maxParticipants record region coach participantLabel jitterBufferSize eventCallbackUrl"
        f" statusCallbackEvent {_STATUS} {_RECORDING}"
    ),
}
KNOWN = {tag: frozenset(names.split()) for tag, names in _KNOWN.items()}
"""Element -> its attributes. Names are case-sensitive."""
_WHOLE = re.compile(r"\d{1,9}")


class Attributes:
    """The attributes of one element; every value that is wrong is warned of and taken as absent."""

    def __init__(self, element: ElementTree.Element, warn: Warn) -> None:
        self._element = element
        self._warn = warn
        for name in sorted(element.attrib.keys() - KNOWN[element.tag]):
            warn(f"attribute {name!r} is not allowed in <{element.tag}>", SCHEMA)

    def _wrong(self, name: str, expected: str) -> None:
        value = self._element.get(name)
        tag = self._element.tag
        self._warn(f"attribute {name!r} of <{tag}> is {value!r}, not {expected}", SCHEMA)

    def get(self, name: str) -> str | None:
        """The value without blanks around it; None when absent."""
        value = self._element.get(name)
        return None if value is None else value.strip()

    def text(self, name: str, usual: str = "") -> str:
        """The value, or `usual`."""
        value = self.get(name)
        return usual if value is None else value

    def address(self, name: str) -> str | None:
        """A URL; an empty one is none."""
        return self.get(name) or None

    def whole(self, name: str, usual: int, least: int = 0, most: int = 10**9) -> int:
        """A whole number of `least` to `most`."""
        value = self.get(name)
        if value is None:
            return usual
        if _WHOLE.fullmatch(value) and value.isascii() and least <= int(value) <= most:
            return int(value)
        self._wrong(name, f"a whole number of {least} to {most}")
        return usual

    def flag(self, name: str, usual: bool) -> bool:
        """`true` or `false`, in any case."""
        value = self.get(name)
        if value is None:
            return usual
        if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        self._wrong(name, "true or false")
        return usual

    def choice(self, name: str, choices: Collection[str], usual: str) -> str:
        """One of the values, in exactly this case."""
        value = self.get(name)
        if value is None:
            return usual
        if value in choices:
            return value
        self._wrong(name, f"one of {', '.join(choices)}")
        return usual

    def method(self, name: str = "method") -> str:
        """GET or POST (the default), in any case."""
        value = self.text(name, "POST").upper()
        if value in {"GET", "POST"}:
            return value
        self._wrong(name, "GET or POST")
        return "POST"

    def words(self, name: str, usual: str = "") -> frozenset[str]:
        """Words between blanks."""
        return frozenset(self.text(name, usual).split())
