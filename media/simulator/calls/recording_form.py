"""`Record` and its settings in the form of `POST Calls.json`."""

from media.simulator.calls.form import Form, Warnings, callback, first, flag, method, words
from media.simulator.records.recording import RecordingWish

KEYS = {
    "Record",
    "RecordingChannels",
    "RecordingTrack",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "RecordingStatusCallbackEvent",
    "Trim",
}
_CHANNELS = {"mono": 1, "dual": 2}
_TRACKS = {"inbound", "outbound", "both"}
_EVENTS = {"in-progress", "completed", "absent"}


def record_request(form: Form, warnings: Warnings) -> RecordingWish | None:
    """None when nothing is to be recorded; words that nobody knows are told and left out."""
    if not flag(form, "Record"):
        return None
    channels = first(form, "RecordingChannels") or "mono"
    track = first(form, "RecordingTrack") or "both"
    events = words(form, "RecordingStatusCallbackEvent", frozenset({"completed"}))
    for key, wrong in (
        ("RecordingChannels", channels not in _CHANNELS),
        ("RecordingTrack", track not in _TRACKS),
        ("RecordingStatusCallbackEvent", not events <= _EVENTS),
    ):
        if wrong:
            warnings.append((20001, f"{key} is not valid; its default is used"))
    return RecordingWish(
        channels=_CHANNELS.get(channels, 1),
        track=track if track in _TRACKS else "both",
        trim=(first(form, "Trim") or "trim-silence") == "trim-silence",
        callback=callback(form, "RecordingStatusCallback", warnings),
        callback_method=method(form, "RecordingStatusCallbackMethod"),
        events=events & _EVENTS or frozenset({"completed"}),
    )
