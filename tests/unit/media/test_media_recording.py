"""The dual-channel WAV, whatever order its pieces come in."""

import hashlib
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from media.recording import Recorder

PIECES = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 40)), max_size=12)


def tone(samples: int, level: int) -> bytes:
    return np.full(samples, level, dtype="<i2").tobytes()


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (2, 8000, 2)
        return np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").reshape(-1, 2)


@settings(deadline=None, max_examples=40)
@given(PIECES, PIECES)
def test_each_piece_lies_where_it_was_heard(
    callee: list[tuple[int, int]], agent: list[tuple[int, int]]
) -> None:
    with TemporaryDirectory() as directory:
        recorder = Recorder(Path(directory) / "calls" / "a.wav")
        wanted = np.zeros((8 * 3100, 2), dtype="<i2")
        for level, (start_ms, length_ms) in enumerate(callee, 1):
            recorder.callee(start_ms, tone(8 * length_ms, level))
            wanted[8 * start_ms : 8 * (start_ms + length_ms), 0] = level
        for level, (start_ms, length_ms) in enumerate(agent, 101):
            recorder.agent(start_ms, tone(8 * length_ms, level))
            wanted[8 * start_ms : 8 * (start_ms + length_ms), 1] = level
        recording = recorder.close()
        samples = read(Path(recording.path))
        ends = [start + length for start, length in callee + agent]
        assert recording.duration_ms == max(ends, default=0) == len(samples) // 8
        assert np.array_equal(samples, wanted[: len(samples)])
        digest = hashlib.sha256(Path(recording.path).read_bytes()).hexdigest()
        assert recording.sha256 == digest


def test_nonsense_times_are_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav")
    recorder.callee(-20, tone(160, 1))
    recorder.callee(10**12, tone(160, 1))
    assert recorder.close().duration_ms == 0
