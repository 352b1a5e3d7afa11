"""WebRTC's classifier of voice activity, gated by an adaptive energy floor."""

from typing import Any

import webrtcvad

from media.audio.g711 import SAMPLE_RATE
from media.audio.vad.energy import EnergyDetector


class WebrtcDetector:
    """Speech is what both the classifier and the level take for it.

    The classifier alone takes car noise and line hum for speech; energy alone takes music and
    slow noise for it. `aggressiveness` is WebRTC's 0 (lenient) to 3.
    """

    def __init__(self, aggressiveness: int = 2) -> None:
        self.name = "webrtc"
        self.release_ms = 0
        self.probability = 0.0
        self._aggressiveness = aggressiveness
        self._vad: Any = webrtcvad.Vad(aggressiveness)
        self._energy = EnergyDetector()

    def is_speech(self, frame: bytes) -> bool:
        """See `VoiceActivity`."""
        loud = self._energy.is_speech(frame)
        speech: bool = self._vad.is_speech(frame, SAMPLE_RATE) and loud
        self.probability = float(speech)
        return speech

    def reset(self) -> None:
        """See `VoiceActivity`."""
        self.probability = 0.0
        self._vad = webrtcvad.Vad(self._aggressiveness)
        self._energy.reset()
