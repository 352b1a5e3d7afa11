"""The circular buffer against a plain list of frames: odd lengths, wrap-around, views, counts."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from media.audio import g711
from media.audio.ring import AudioBufferManager

MS = 1_000_000
FRAME, FRAMES = 8, 3
"""Small ones, so that a few pushes go round more than once."""


class AgainstAList(RuleBasedStateMachine):
    """Does to the buffer and to a list the same things; samples have two bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = AudioBufferManager(frames=FRAMES, frame_bytes=FRAME, sample_bytes=2)
        self.frames: list[tuple[bytes, int]] = []
        self.begun = b""
        self.now = self.pushed = self.came = self.dropped = self.underruns = 0
        self.waited: list[int] = []
        self.view: tuple[memoryview, bytes] | None = None

    @rule(later=st.integers(0, 60 * MS))
    def time_passes(self, later: int) -> None:
        self.now += later

    @rule(size=st.integers(0, 5 * FRAME) | st.just(FRAME))
    def push(self, size: int) -> None:
        chunk = bytes((self.pushed + n) % 251 for n in range(size))
        self.pushed += size
        self.buffer.push(chunk, self.now)
        self._take(chunk)

    @rule()
    def complete(self) -> None:
        self.buffer.complete(0xFF, self.now)
        if self.begun:
            self._take(b"\xff" * (FRAME - len(self.begun)))

    def _take(self, chunk: bytes) -> None:
        self.begun += chunk
        while len(self.begun) >= FRAME:
            self.frames.append((self.begun[:FRAME], self.now))
            self.begun = self.begun[FRAME:]
            self.came += 1
            if len(self.frames) > FRAMES:
                self.frames.pop(0)
                self.dropped += 1
                self.view = None

    @rule()
    def pop(self) -> None:
        view = self.buffer.pop(self.now)
        if not self.frames:
            self.underruns += 1
            assert view is None
            return
        frame, whole_ns = self.frames.pop(0)
        assert view == frame
        self.view = view, frame
        self.waited.append(self.now - whole_ns)

    @rule()
    def clear(self) -> None:
        self.buffer.clear()
        self.frames, self.begun, self.view = [], b"", None

    @invariant()
    def the_last_view_is_still_good(self) -> None:
        assert self.view is None or self.view[0] == self.view[1]

    @invariant()
    def the_account_is_right(self) -> None:
        account = self.buffer.statistics
        assert len(self.buffer) == len(self.frames)
        assert (account.frames_in, account.frames_out) == (self.came, len(self.waited))
        assert (account.underruns, account.overruns) == (self.underruns, self.dropped)
        assert account.dropped_samples == self.dropped * FRAME // 2
        if self.waited:
            ranked = sorted(self.waited)
            p95 = ranked[-(-95 * len(ranked) // 100) - 1] / MS
            assert account.latency_mean_ms == pytest.approx(np.mean(self.waited) / MS)
            assert account.latency_max_ms == ranked[-1] / MS
            assert p95 <= account.latency_p95_ms + 1e-6 <= 1.13 * p95 + 2e-6


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_payload_of_the_carrier_comes_out_uncopied() -> None:
    buffer = AudioBufferManager()
    payload = bytes(range(160))
    for beat in range(200):
        buffer.push(payload, beat * 20 * MS)
        view = buffer.pop(beat * 20 * MS + 3 * MS)
        assert view == payload
        assert view.readonly
        assert g711.decode(view) == g711.decode(payload)
    account = buffer.statistics
    assert (account.frames_out, account.underruns, account.overruns) == (200, 0, 0)
    assert account.latency_mean_ms == account.latency_max_ms == 3.0


def test_views_lie_in_the_buffer_itself() -> None:
    buffer = AudioBufferManager(frames=1, frame_bytes=4)
    buffer.push(b"abcd", 0)
    view = buffer.pop(0)
    for chunk in (b"1234", b"5678", b"9abc"):
        buffer.push(chunk, 0)
    assert view == b"9abc"


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"frame_bytes": 0}, {"sample_bytes": 3}])
def test_a_buffer_without_room_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        AudioBufferManager(**wrong)
