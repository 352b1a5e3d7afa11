"""`MachineDetection` and its settings in the form of `POST Calls.json`."""

from media.simulator.calls.form import Form, Warnings, callback, first, flag, method, whole
from media.simulator.errors import ApiError
from media.simulator.records.request import MachineDetection

_MODES = {"Enable": False, "DetectMessageEnd": True}
_RANGES = {
    "MachineDetectionTimeout": (30, 3, 59),
    "MachineDetectionSpeechThreshold": (2400, 1000, 6000),
    "MachineDetectionSpeechEndThreshold": (1200, 500, 5000),
    "MachineDetectionSilenceTimeout": (5000, 2000, 10_000),
}
KEYS = {
    "MachineDetection",
    "AsyncAmd",
    "AsyncAmdStatusCallback",
    "AsyncAmdStatusCallbackMethod",
    *_RANGES,
}


def machine_detection(form: Form, warnings: Warnings) -> MachineDetection | None:
    """None without it, or with `SendDigits`, which rules it out. Raises `ApiError` 21263."""
    mode = first(form, "MachineDetection")
    if mode is None:
        return None
    if mode not in _MODES:
        raise ApiError(21263, f"MachineDetection must be one of {', '.join(_MODES)}.")
    if first(form, "SendDigits"):
        warnings.append((21263, "SendDigits rules out MachineDetection, which is ignored"))
        return None
    asynchronous = flag(form, "AsyncAmd")
    url = callback(form, "AsyncAmdStatusCallback", warnings)
    if asynchronous and url is None:
        warnings.append((21262, "AsyncAmd without AsyncAmdStatusCallback"))
    timeout, speech, speech_end, silence = (_within(form, key, warnings) for key in _RANGES)
    return MachineDetection(
        message_end=_MODES[mode],
        timeout_s=timeout,
        speech_threshold_ms=speech,
        speech_end_threshold_ms=speech_end,
        silence_timeout_ms=silence,
        asynchronous=asynchronous,
        callback=url,
        callback_method=method(form, "AsyncAmdStatusCallbackMethod"),
    )


def _within(form: Form, key: str, warnings: Warnings) -> int:
    usual, least, most = _RANGES[key]
    text = first(form, key)
    if text is None:
        return usual
    given = whole(text)
    if given is not None and least <= given <= most:
        return given
    warnings.append((21263, f"{key} must be from {least} to {most}; {usual} is used"))
    return usual
