"""The noise reducer of a name."""

from media.audio.noise.port import NoiseReducer
from media.audio.noise.quiet_line import QuietLine

NAMES = ("spectral", "speex", "webrtc", "noisereduce")


def make(name: str, *, forced: bool = False) -> NoiseReducer:
    """The engine of that name, new to its stream. `forced` lets in what is too slow for a call.

    Raises ValueError for a name nobody knows, for an engine whose package is missing, with the
    remedy, and for one that breaks the limit of a frame.
    """
    try:
        return _make(name, forced=forced)
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"noise reduction by {name} cannot be had: {error}") from error


def _make(name: str, *, forced: bool) -> NoiseReducer:
    if name == "spectral":
        from media.audio.noise.spectral import SpectralReducer

        return SpectralReducer()
    if name == "speex":
        from media.audio.noise.speex import SpeexReducer

        return QuietLine(SpeexReducer())
    if name == "webrtc":
        from media.audio.noise.webrtc import WebrtcReducer

        return QuietLine(WebrtcReducer())
    if name == "noisereduce":
        from media.audio.noise.noisereduce import NoisereduceReducer

        return NoisereduceReducer(forced)
    raise ValueError(f"no noise reduction by {name!r}: one of {', '.join(NAMES)}")
