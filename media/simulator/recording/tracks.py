"""The sound of a recording: both directions kept, and written as one WAV file."""

import io
import wave

import numpy as np
import numpy.typing as npt

from media.audio import g711
from media.simulator.people.ear import Loudness
from media.simulator.playout.playback import FRAME, SAMPLE_RATE, SILENCE

Sound = npt.NDArray[np.int16]
_LOUD_DBFS = -50.0
_KEPT_FRAMES = 10
"""200 ms of the silence at the ends stay when it is trimmed."""


class Tracks:
    """Mu-law of the callee and of what was played to him, side by side. A fork of a line.

    `track` is inbound (what the callee says), outbound (what he hears) or both.
    """

    def __init__(self, track: str = "both") -> None:
        self._track = track
        self._callee = bytearray()
        self._carrier = bytearray()
        self._loudness = Loudness(_LOUD_DBFS)
        self._loud_frames: list[int] = []
        self.paused = False
        self.skipping = False
        """What happens in a pause: is left out, or kept as silence."""

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """20 ms of both directions."""
        if self.paused and self.skipping:
            return
        callee = SILENCE if self.paused or self._track == "outbound" else callee
        carrier = SILENCE if self.paused or self._track == "inbound" else carrier
        if self._loudness.loud(callee) or self._loudness.loud(carrier):
            self._loud_frames.append(len(self._callee) // FRAME)
        self._callee += callee
        self._carrier += carrier

    @property
    def duration_s(self) -> float:
        """Of all that is kept, silence at the ends too."""
        return len(self._callee) / SAMPLE_RATE

    @property
    def silent(self) -> bool:
        """Whether nobody was heard."""
        return not self._loud_frames

    def wav(self, channels: int, *, trim: bool = False) -> bytes:
        """16 bit at 8 kHz. One channel has both mixed; of two, the first is the callee.

        `trim` leaves out the silence before the first and behind the last sound.
        """
        begin, end = self._span() if trim else (0, len(self._callee))
        callee = g711.decode(bytes(self._callee[begin:end]))
        carrier = g711.decode(bytes(self._carrier[begin:end]))
        left, right = np.frombuffer(callee, "<i2"), np.frombuffer(carrier, "<i2")
        sound = _mixed(left, right) if channels == 1 else np.stack((left, right), axis=1)
        return _written(sound.tobytes(), channels)

    def _span(self) -> tuple[int, int]:
        if self.silent:
            return 0, 0
        first, last = self._loud_frames[0] - _KEPT_FRAMES, self._loud_frames[-1] + _KEPT_FRAMES
        return max(0, first) * FRAME, min(len(self._callee), (last + 1) * FRAME)


def one_channel(wav: bytes) -> bytes:
    """The same recording with both directions mixed."""
    with wave.open(io.BytesIO(wav)) as file:
        if file.getnchannels() == 1:
            return wav
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return _written(_mixed(both[:, 0], both[:, 1]).tobytes(), 1)


def _mixed(left: Sound, right: Sound) -> Sound:
    """The sum, held at full scale."""
    both: Sound = np.clip(left.astype(np.int32) + right, -32768, 32767).astype(np.int16)
    return both


def _written(sound: bytes, channels: int) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(sound)
    return written.getvalue()
