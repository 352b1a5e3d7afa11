"""The audio path as a whole: what goes in comes out, whatever breaks on the way."""

from collections.abc import Callable
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.audio.echo.control import Cancelled
from media.audio.path import AudioSettings, build_path, order
from media.audio.processor import AudioProcessor, CleanFrame, Stages
from media.audio.stage import Stage

OFF = AudioSettings(concealment="off", echo="off", noise="off", vad="energy")
SILENCE = bytes([g711.SILENCE]) * 160


def clock() -> Callable[[], int]:
    ticks = count(0, 1000)
    return lambda: next(ticks)


def path(settings: AudioSettings) -> AudioProcessor:
    return build_path(settings, clock(), lambda words: None)


def speech(seconds: float, seed: int = 1) -> bytes:
    """Mu-law noise in syllables."""
    rng = np.random.default_rng(seed)
    n = int(8000 * seconds)
    wave = np.convolve(rng.normal(0, 1, n), np.ones(6) / 6, "same")
    wave *= 6000 * (np.sin(np.arange(n) * 2 * np.pi * 3 / 8000) > 0)
    return g711.encode(wave.astype("<i2").tobytes())


def hear(processor: AudioProcessor, sound: bytes, size: int = 160) -> list[CleanFrame]:
    frames: list[CleanFrame] = []
    for at in range(0, len(sound), size):
        frames += processor.push(sound[at : at + size], 155 + at // 8)
    return frames


class Breaks:
    """An engine of any stage that works `good` times and then raises."""

    def __init__(self, good: int) -> None:
        self._good = good

    def _step(self, *_: object) -> bytes:
        self._good -= 1
        if self._good < 0:
            raise RuntimeError("native code gave up")
        return bytes(320)

    good = lost = process = reduce = is_speech = played = _step


@pytest.mark.parametrize("stage", ["concealment", "echo", "noise", "vad"])
def test_a_stage_can_be_switched_off_and_then_does_nothing(stage: str) -> None:
    processor = path(OFF)
    sound = speech(0.4)
    frames = hear(processor, sound)
    assert b"".join(frame.line for frame in frames) == g711.decode(sound)
    assert b"".join(frame.pcm for frame in frames) == g711.decode(sound)
    engines = processor.health().engines
    assert engines[stage] == ("energy" if stage == "vad" else "off")


@pytest.mark.parametrize(
    ("stage", "wanted", "tried"),
    [
        ("echo", "auto", ["speex", "nlms"]),
        ("echo", "nlms", ["nlms"]),
        ("echo", "off", []),
        ("noise", "webrtc", ["webrtc", "speex", "spectral"]),
        ("vad", "webrtc", ["webrtc", "energy"]),
        ("concealment", "linear", ["linear", "pitch", "simple"]),
    ],
)
def test_an_engine_that_was_asked_for_is_tried_first_and_has_others_behind_it(
    stage: str, wanted: str, tried: list[str]
) -> None:
    assert order(stage, wanted) == tried


def test_an_engine_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="echo: no engine 'magic'; there is speex, nlms"):
        path(AudioSettings(echo="magic"))


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12))
def test_all_engines_give_the_same_whatever_the_packets_look_like(sizes: list[int]) -> None:
    sound = speech(0.6)
    settings = AudioSettings(vad="webrtc")
    whole = hear(path(settings), sound)
    processor, cut, at = path(settings), [], 0
    while at < len(sound):
        size = sizes[len(cut) % len(sizes)]
        cut += processor.push(sound[at : at + size], 155 + at // 8)
        at += size
    assert [frame.pcm for frame in cut] == [frame.pcm for frame in whole[: len(cut)]]
    assert len(whole) - len(cut) <= 1


def test_silence_stays_silence_through_every_stage() -> None:
    frames = hear(path(AudioSettings(vad="webrtc")), SILENCE * 100)
    pcm = np.frombuffer(b"".join(frame.pcm for frame in frames), dtype="<i2")
    assert np.abs(pcm).max() <= 1
    assert not any(frame.speech for frame in frames)


def test_a_stage_that_breaks_in_the_call_is_replaced_and_told_of() -> None:
    warnings: list[str] = []
    engine = Breaks(3)

    def stage(name: str) -> Stage:
        return Stage(
            name, [("native", lambda: engine), ("spare", lambda: Breaks(10**6))], warnings.append
        )

    off: Stage = Stage("off", [], warnings.append)
    processor = AudioProcessor(Stages(off, off, stage("noise"), off), clock(), warnings)
    frames = hear(processor, speech(0.2))
    assert len(frames) == 10 and all(len(frame.pcm) == 320 for frame in frames)
    assert warnings == ["noise: native failed (native code gave up); spare takes over"]
    health = processor.health()
    assert health.engines["noise"] == "spare" and health.warnings == tuple(warnings)


def test_a_path_of_which_everything_breaks_still_passes_the_sound() -> None:
    warnings: list[str] = []
    stages = [
        Stage(name, [("bad", lambda: Breaks(0))], warnings.append)
        for name in ("concealment", "echo", "noise", "vad")
    ]
    processor = AudioProcessor(Stages(*stages), clock(), warnings)
    sound = speech(0.2)
    processor.played(sound, 0)
    assert b"".join(frame.pcm for frame in hear(processor, sound)) == g711.decode(sound)
    assert len(warnings) == 4


@pytest.mark.parametrize(
    ("active", "double_talk", "settled", "own"),
    [
        (True, False, False, True),
        (True, True, False, False),
        (True, False, True, False),
        (False, False, False, False),
    ],
)
def test_on_a_line_not_yet_known_speech_may_be_the_agents_own(
    active: bool, double_talk: bool, settled: bool, own: bool
) -> None:
    class Echo:
        def process(self, near: bytes, at_samples: int) -> Cancelled:
            return Cancelled(near, active, double_talk, None, None, settled)

    off: Stage = Stage("off", [], print)
    echo = Stage("echo", [("e", Echo)], print)
    (frame,) = AudioProcessor(Stages(off, echo, off, off), clock()).push(SILENCE, 0)
    assert frame.own is own


def test_the_account_of_the_line_is_true() -> None:
    processor = path(AudioSettings(noise="off", vad="energy"))
    sound = speech(4.0)
    lost = {40, 41, 42, 90}
    for index in range(200):
        if index not in lost:
            processor.push(sound[160 * index : 160 * index + 160], 20 * index, index + 1)
            if index == 60:
                processor.push(sound[160 * index : 160 * index + 160], 20 * index, index + 1)
    processor.push(b"", 4000)
    health = processor.health()
    assert (health.frames, health.lost_frames, health.longest_gap_ms) == (200, 4, 60)
    assert (health.duplicate_frames, health.malformed_frames) == (1, 1)
    assert [second.lost for second in health.seconds] == [3, 1, 0, 0]
    assert health.speech_dbfs is not None and -30 < health.speech_dbfs < -10
    assert health.noise_dbfs is not None and health.noise_dbfs < -60
    assert set(health.cost_p99_us) == {"decode", "echo", "vad", "noise", "frame"}


def test_clipping_is_seen() -> None:
    processor = path(OFF)
    hear(processor, (b"\x00" * 40 + b"\x80" * 40 + b"\xff" * 80) * 50)
    assert processor.health().clipped_share == 0.5


@given(
    st.lists(
        st.tuples(st.binary(max_size=400), st.integers(-(10**9), 10**9), st.integers(0, 2**33)),
        max_size=12,
    )
)
def test_no_message_of_the_carrier_raises(messages: list[tuple[bytes, int, int]]) -> None:
    processor = path(AudioSettings(vad="webrtc"))
    for payload, timestamp_ms, sequence in messages:
        for frame in processor.push(payload, timestamp_ms, sequence):
            assert len(frame.pcm) == len(frame.line) == 320
        processor.played(payload, timestamp_ms)
