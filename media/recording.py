"""A dual-channel WAV of the call, written as it goes: channel 0 the callee, 1 the agent."""

import hashlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from dialer.call import Recording

SAMPLE_RATE = 8000
_SAMPLES_PER_MS = 8
_FRAME_BYTES = 4
_HEADER_BYTES = 44
_LONGEST_MS = 4 * 3600 * 1000


class Recorder:
    """Sound is placed by the time at which it was heard, in any order; holes stay silent.

    Raises OSError when the file cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("w+b")
        self._samples = 0
        self._file.write(_header(0))

    def callee(self, started_ms: int, pcm: bytes) -> None:
        """PCM s16le, 8 kHz, of the callee, whose first sample was heard at `started_ms`."""
        self._place(0, started_ms, pcm)

    def agent(self, started_ms: int, pcm: bytes) -> None:
        """PCM s16le, 8 kHz, of the agent, as played to the callee from `started_ms` on."""
        self._place(1, started_ms, pcm)

    def _place(self, channel: int, started_ms: int, pcm: bytes) -> None:
        if not pcm or not 0 <= started_ms <= _LONGEST_MS:
            return
        first = started_ms * _SAMPLES_PER_MS
        last = first + len(pcm) // 2
        self._grow(first)
        frames = np.zeros((last - first, 2), dtype="<i2")
        kept = self._read(first, min(last, self._samples))
        frames[: len(kept)] = kept
        frames[:, channel] = np.frombuffer(pcm[: 2 * (last - first)], dtype="<i2")
        self._file.seek(_HEADER_BYTES + first * _FRAME_BYTES)
        self._file.write(frames.tobytes())
        self._samples = max(self._samples, last)

    def _read(self, first: int, last: int) -> npt.NDArray[np.int16]:
        if last <= first:
            return np.zeros((0, 2), dtype="<i2")
        self._file.seek(_HEADER_BYTES + first * _FRAME_BYTES)
        data = self._file.read((last - first) * _FRAME_BYTES)
        return np.frombuffer(data, dtype="<i2").reshape(-1, 2)

    def _grow(self, samples: int) -> None:
        if samples > self._samples:
            self._file.truncate(_HEADER_BYTES + samples * _FRAME_BYTES)
            self._samples = samples

    def close(self) -> Recording:
        """Finish the file; its path, SHA-256 and length. Call once."""
        self._file.seek(0)
        self._file.write(_header(self._samples))
        self._file.close()
        with self._path.open("rb") as finished:
            digest = hashlib.file_digest(finished, "sha256").hexdigest()
        return Recording(
            path=str(self._path), sha256=digest, duration_ms=self._samples // _SAMPLES_PER_MS
        )


def _header(samples: int) -> bytes:
    """A canonical 44-byte RIFF header for so many stereo samples."""
    size = samples * _FRAME_BYTES
    return (
        b"RIFF"
        + (size + 36).to_bytes(4, "little")
        + b"WAVEfmt "
        + (16).to_bytes(4, "little")
        + (1).to_bytes(2, "little")
        + (2).to_bytes(2, "little")
        + SAMPLE_RATE.to_bytes(4, "little")
        + (SAMPLE_RATE * _FRAME_BYTES).to_bytes(4, "little")
        + _FRAME_BYTES.to_bytes(2, "little")
        + (16).to_bytes(2, "little")
        + b"data"
        + size.to_bytes(4, "little")
    )
