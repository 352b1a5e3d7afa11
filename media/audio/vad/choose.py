"""The engine of voice activity by its name, or the best that can be had."""

from typing import NamedTuple

from media.audio.vad.port import VoiceActivity

AUTO = "auto"
ORDER = ("silero", "webrtc", "energy")
"""Best first, as measured: false alarms in noise, missed speech, delay."""


class Chosen(NamedTuple):
    """`why` tells what better engine could not be had and its remedy; empty for the best."""

    engine: VoiceActivity
    why: str


def make(name: str) -> VoiceActivity:
    """The engine of that name, new to its stream.

    Raises ValueError for a name nobody knows and for an engine whose package is missing, with
    the remedy.
    """
    try:
        return _make(name)
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"voice activity by {name} cannot be had: {error}") from error


def choose(wanted: str = AUTO) -> Chosen:
    """`wanted`, or with `auto` the first of `ORDER` that is installed. Raises ValueError."""
    if wanted != AUTO:
        return Chosen(make(wanted), "")
    reasons: list[str] = []
    for name in ORDER:
        try:
            return Chosen(make(name), "; ".join(reasons))
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError("; ".join(reasons))


def _make(name: str) -> VoiceActivity:
    if name == "silero":
        from media.audio.vad.silero import SileroDetector

        return SileroDetector()
    if name == "webrtc":
        from media.audio.vad.webrtc import WebrtcDetector

        return WebrtcDetector()
    if name == "energy":
        from media.audio.vad.energy import EnergyDetector

        return EnergyDetector()
    raise ValueError(f"no voice activity by {name!r}: one of {', '.join(ORDER)}")
