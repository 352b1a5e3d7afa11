"""Keeps a call's two directions as a WAV file: channel 0 the callee, channel 1 what was played."""

import wave
from array import array
from pathlib import Path

from media.audio import g711
from media.simulator.playout.playback import SAMPLE_RATE


class WavTape:
    """Collects mu-law in memory and writes 16 bit stereo at 8 kHz when closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._callee = bytearray()
        self._carrier = bytearray()

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """20 ms of both directions."""
        self._callee += callee
        self._carrier += carrier

    def close(self) -> None:
        """Write the file."""
        stereo = array("h", bytes(4 * len(self._callee)))
        stereo[0::2] = array("h", g711.decode(bytes(self._callee)))
        stereo[1::2] = array("h", g711.decode(bytes(self._carrier)))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(self._path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(stereo.tobytes())
