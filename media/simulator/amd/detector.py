"""Human, machine or fax: a state machine over 20 ms of the callee at a time; no I/O.

The carrier's documented rules: speech that goes on for `MachineDetectionSpeechThreshold` is a
machine's greeting, speech that ends sooner and is followed by `MachineDetectionSpeechEndThreshold`
of silence is a person; no speech at all for `MachineDetectionSilenceTimeout` is unknown.
"""

from collections import deque
from enum import StrEnum

from media.audio import g711, level, tone
from media.simulator.records.request import MachineDetection

FRAME_MS = 20
_FAX_HZ = (1100.0, 2100.0)
"""CNG of a calling and CED of an answering fax (ITU-T T.30, 4.3)."""
_FAX_WITHIN_HZ = 20.0
_FAX_MS = 400
_BEEP_MS = 180
_QUIET_END_MS = 2000
"""So much silence behind a greeting is its end without a beep."""
_LOUD_DBFS = -42.0
_ABOVE_NOISE_DB = 8.0
_FLOOR_FRAMES = 100
"""The noise of a line is its level in the softest fifth of the last two seconds."""
_WORD_MS = 60
"""Shorter sounds are clicks."""


class Found(StrEnum):
    """Values of `AnsweredBy`."""

    HUMAN = "human"
    MACHINE_START = "machine_start"
    MACHINE_END_BEEP = "machine_end_beep"
    MACHINE_END_SILENCE = "machine_end_silence"
    MACHINE_END_OTHER = "machine_end_other"
    FAX = "fax"
    UNKNOWN = "unknown"


class Detector:
    """One per call, fed from the pickup on; says what it found once."""

    def __init__(self, wanted: MachineDetection) -> None:
        self._wanted = wanted
        self._levels: deque[float] = deque(maxlen=_FLOOR_FRAMES)
        self._beep = tone.BeepDetector(_BEEP_MS, 350.0, 2000.0)
        self.elapsed_ms = 0
        self._loud_ms = 0
        self._speech_ms = 0
        self._silence_ms = 0
        self._fax_ms = 0
        self._machine = False
        self.found: Found | None = None

    def feed(self, ulaw: bytes) -> Found | None:
        """Take the callee's next 160 bytes; the result from the frame on in which it is sure."""
        if self.found is None:
            self.elapsed_ms += FRAME_MS
            pcm = g711.decode(ulaw)
            self.found = self._fax(pcm) or self._listen(pcm) or self._timeout()
        return self.found

    def _fax(self, pcm: bytes) -> Found | None:
        hz = tone.tone_hz(pcm)
        fax = hz is not None and any(abs(hz - one) <= _FAX_WITHIN_HZ for one in _FAX_HZ)
        self._fax_ms = self._fax_ms + FRAME_MS if fax else 0
        return Found.FAX if self._fax_ms >= _FAX_MS else None

    def _listen(self, pcm: bytes) -> Found | None:
        beep = self._beep.feed(pcm)
        if self._machine and beep and not self._fax_ms:
            return Found.MACHINE_END_BEEP
        dbfs = level.rms_dbfs(pcm)
        self._levels.append(dbfs)
        noise_dbfs = sorted(self._levels)[len(self._levels) // 5]
        loud = dbfs > max(_LOUD_DBFS, noise_dbfs + _ABOVE_NOISE_DB)
        return self._loud() if loud else self._quiet()

    def _loud(self) -> Found | None:
        self._loud_ms += FRAME_MS
        if self._loud_ms < _WORD_MS and not self._speech_ms:
            return None
        self._speech_ms += FRAME_MS + self._silence_ms
        self._silence_ms = 0
        if self._machine or self._speech_ms < self._wanted.speech_threshold_ms:
            return None
        self._machine = True
        return None if self._wanted.message_end else Found.MACHINE_START

    def _quiet(self) -> Found | None:
        self._loud_ms = 0
        if not self._speech_ms:
            silent = self.elapsed_ms >= self._wanted.silence_timeout_ms
            return Found.UNKNOWN if silent else None
        self._silence_ms += FRAME_MS
        if self._machine:
            return Found.MACHINE_END_SILENCE if self._silence_ms >= _QUIET_END_MS else None
        over = self._silence_ms >= self._wanted.speech_end_threshold_ms
        return Found.HUMAN if over else None

    def _timeout(self) -> Found | None:
        """The time-out counts only where the end of a message is waited for."""
        if not self._wanted.message_end or self.elapsed_ms < self._wanted.timeout_s * 1000:
            return None
        return Found.MACHINE_END_OTHER if self._machine else Found.UNKNOWN
