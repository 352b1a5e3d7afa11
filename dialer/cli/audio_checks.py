"""What `dialer doctor` checks of the audio path: are the engines there that the settings name?

The engines themselves are not loaded.
"""

import ctypes.util
import importlib.util
from collections.abc import Callable

from dialer.cli.checks import Check, Status
from dialer.settings import Settings


def _package(*names: str) -> bool:
    return all(importlib.util.find_spec(name) is not None for name in names)


def _speex() -> bool:
    return _package("speexdsp_ns") or ctypes.util.find_library("speexdsp") is not None


_NEEDS: dict[str, tuple[Callable[[], bool], str]] = {
    "speex": (_speex, "pip install speexdsp-ns, or apt-get install libspeexdsp1"),
    "silero": (
        lambda: _package("onnxruntime", "silero_vad"),
        "pip install 'batch-dialer[silero]' && pip install --no-deps silero-vad",
    ),
    "noisereduce": (lambda: _package("noisereduce"), "pip install 'batch-dialer[analysis]'"),
    "webrtc noise": (lambda: _package("livekit"), "pip install 'batch-dialer[webrtc]'"),
}
_BEST = {"echo_cancellation": "speex", "noise_reduction": "speex", "voice_activity": "silero"}
_LIVE_LIMIT = "noisereduce takes about 17 ms of each 20 ms frame; "
_NOT_FORCED, _FORCED = "without NOISE_REDUCTION_FORCED it is refused", "calls may stutter"


def audio_path(settings: Settings) -> Check:
    """Each stage has the engine that its setting names; a missing one is replaced in the call."""
    told: list[str] = []
    missing: list[tuple[str, str]] = []
    for field, best in _BEST.items():
        wanted = getattr(settings, field)
        engine = best if wanted == "auto" else wanted
        needs = f"{engine} noise" if (field, engine) == ("noise_reduction", "webrtc") else engine
        there, remedy = _NEEDS.get(needs, (lambda: True, ""))
        told.append(f"{field.upper()} {wanted}")
        if not there():
            missing.append((engine, remedy))
    if missing:
        lacks = ", ".join(sorted({engine for engine, _ in missing}))
        remedies = "; ".join(dict.fromkeys(remedy for _, remedy in missing))
        return Check(
            "audio path",
            Status.WARN,
            f"{lacks} not installed; the next best engine serves",
            remedies,
        )
    if settings.noise_reduction == "noisereduce":
        then = _FORCED if settings.noise_reduction_forced else _NOT_FORCED
        return Check("audio path", Status.WARN, _LIVE_LIMIT + then, "NOISE_REDUCTION=auto")
    return Check("audio path", Status.OK, ", ".join(told))
