"""The engine of voice activity of a name."""

from media.audio.vad.port import VoiceActivity

ORDER = ("silero", "webrtc", "energy")
"""Best first, as measured: false alarms in noise, missed speech, delay."""


def make(name: str) -> VoiceActivity:
    """The engine of that name, new to its stream.

    Raises ValueError for a name nobody knows and for an engine whose package is missing, with
    the remedy.
    """
    try:
        return _make(name)
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"voice activity by {name} cannot be had: {error}") from error


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
