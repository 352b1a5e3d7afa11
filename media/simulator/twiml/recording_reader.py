"""Reads what makes recordings: Record, Start with Recording, and Dial's attributes of the kind."""

import xml.etree.ElementTree as ElementTree

from media.simulator.records.recording import RecordingWish
from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.prompt_reader import alone
from media.simulator.twiml.verbs import Record, StartRecording

_TRIM = ("trim-silence", "do-not-trim")
_MOST_S = 14_400


def record(element: ElementTree.Element, warn: Warn) -> tuple[Record, ...]:
    """`<Record>`; an empty `finishOnKey` means that no key ends it."""
    attributes = Attributes(element, warn)
    alone(element, warn)
    verb = Record(
        action=attributes.address("action"),
        method=attributes.method(),
        timeout_s=attributes.whole("timeout", 5, 1),
        max_length_s=attributes.whole("maxLength", 3600, 1, _MOST_S),
        finish_on_key=attributes.text("finishOnKey", "1234567890*#"),
        play_beep=attributes.flag("playBeep", True),
        wish=wish(attributes),
    )
    return (verb,)


def recording(element: ElementTree.Element, warn: Warn) -> StartRecording:
    """`<Recording>` inside of `<Start>`; the address of its callback must be absolute."""
    attributes = Attributes(element, warn)
    alone(element, warn)
    dual = attributes.choice("channels", ("mono", "dual"), "dual") == "dual"
    track = attributes.choice("track", ("inbound", "outbound", "both"), "both")
    callback = attributes.address("recordingStatusCallback")
    made = wish(attributes, 2 if dual else 1, track)
    if callback is not None and not callback.startswith(("http://", "https://")):
        warn(f"recordingStatusCallback {callback!r} is not an absolute URL", SCHEMA)
        made = RecordingWish(made.channels, made.track, made.trim)
    return StartRecording(made)


def wish(attributes: Attributes, channels: int = 1, track: str = "both") -> RecordingWish:
    """The attributes that all recordings share."""
    return RecordingWish(
        channels=channels,
        track=track,
        trim=trim(attributes),
        callback=attributes.address("recordingStatusCallback"),
        callback_method=attributes.method("recordingStatusCallbackMethod"),
        events=events(attributes),
    )


def trim(attributes: Attributes) -> bool:
    """Whether silence at both ends is cut off."""
    return attributes.choice("trim", _TRIM, "do-not-trim") == "trim-silence"


def events(attributes: Attributes) -> frozenset[str]:
    """Which states of a recording are told."""
    return attributes.words("recordingStatusCallbackEvent", "completed")
