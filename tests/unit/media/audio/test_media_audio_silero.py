"""Silero as it is bound here: against its own convention, in batches, after a fork, faint."""

import os
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.audio import g711
from media.audio.level import rms_dbfs
from media.audio.resample import to_pcm
from media.audio.vad import silero_model
from media.audio.vad.batch import SileroBatch
from media.audio.vad.silero import SileroDetector

ort = pytest.importorskip("onnxruntime")
try:
    MODEL = silero_model.model_file()
except silero_model.SileroMissing:
    pytest.skip("silero is not installed", allow_module_level=True)

FRAME = 320
Frames = list[bytes]


def cut(pcm: bytes) -> Frames:
    return [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME + 1, FRAME)]


@pytest.fixture(scope="module")
def sentences(speech: dict[str, bytes]) -> list[Frames]:
    """Four of 1.6 s, each another one."""
    return [cut(g711.decode(ulaw))[:80] for ulaw in list(speech.values())[:4]]


def likelihoods(detector: SileroDetector, frames: Frames) -> list[float]:
    found = []
    for frame in frames:
        detector.is_speech(frame)
        found.append(detector.probability)
    return found


def plain(frames: Frames) -> list[float]:
    """The model called as its package does, on windows that move on by one frame."""
    session: Any = ort.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    sound = np.concatenate([np.zeros(128), np.frombuffer(b"".join(frames), "<i2") / 32768])
    state, found = np.zeros((2, 1, 128), np.float32), []
    for end in range(288, len(sound) + 1, 160):
        step = sound[np.newaxis, end - 288 : end].astype(np.float32)
        feed = {"input": step, "state": state, "sr": np.array(8000, np.int64)}
        likely, state = session.run(None, feed)
        found.append(likely.item())
    return found


def test_the_bound_model_says_what_the_plain_one_says(sentences: list[Frames]) -> None:
    frames = sentences[0]
    found = likelihoods(SileroDetector(), frames)
    assert max(found) > 0.9
    assert found == pytest.approx(plain(frames), abs=1e-5)


def test_a_batch_hears_what_each_stream_alone_hears(sentences: list[Frames]) -> None:
    """Also where streams begin later, pause, or are stepped alone in between."""
    singles = [SileroDetector() for _ in sentences]
    batched = [SileroDetector() for _ in sentences]
    batch = SileroBatch()
    for at in range(80):
        who = [n for n in range(len(sentences)) if at >= 7 * n and (at + n) % 5]
        frames = [sentences[n][at] for n in who]
        if at % 11 == 0:
            found = [batched[n].is_speech(frame) for n, frame in zip(who, frames, strict=True)]
        else:
            found = batch.is_speech([batched[n] for n in who], frames)
        alone = [singles[n].is_speech(frame) for n, frame in zip(who, frames, strict=True)]
        assert found == alone
        assert [one.probability for one in batched] == pytest.approx(
            [one.probability for one in singles], abs=1e-4
        )
    assert max(one.probability for one in batched) > 0.5


def test_a_batch_of_nobody_hears_nothing() -> None:
    assert SileroBatch().is_speech([], []) == []


def test_a_batch_takes_all_frames_or_none(sentences: list[Frames]) -> None:
    first, second = SileroDetector(), SileroDetector()
    batch, untouched = SileroBatch(), SileroDetector()
    with pytest.raises(ValueError, match="320"):
        batch.is_speech([first, second], [sentences[0][30], bytes(100)])
    with pytest.raises(ValueError, match="1 frames for 2"):
        batch.is_speech([first, second], [sentences[0][30]])
    assert likelihoods(first, sentences[0]) == likelihoods(untouched, sentences[0])


def test_faint_speech_such_as_an_echo_is_not_the_callees(sentences: list[Frames]) -> None:
    loud = np.frombuffer(b"".join(sentences[0]), "<i2").astype(np.float32)
    peak_dbfs = max(map(rms_dbfs, sentences[0]))
    faint = cut(to_pcm(loud * np.float32(10 ** ((-49 - peak_dbfs) / 20))))
    keen, detector = SileroDetector(least_dbfs=-96), SileroDetector()
    assert any(keen.is_speech(frame) for frame in faint)
    assert not any(detector.is_speech(frame) for frame in faint)


def test_a_faint_sound_within_loud_speech_still_counts(sentences: list[Frames]) -> None:
    detector = SileroDetector()
    loud = next(frame for frame in sentences[0] if rms_dbfs(frame) > -30)
    detector.take(loud)
    assert detector.judge(0.9)
    for _ in range(5):
        detector.take(bytes(FRAME))
        assert detector.judge(0.9)
    detector.take(bytes(FRAME))
    assert not detector.judge(0.9)


def test_speech_begins_at_the_onset_and_ends_below_the_offset() -> None:
    detector = SileroDetector(onset=0.3, offset=0.2)
    detector.take(b"\x00\x20" * 160)
    heard = [detector.judge(likely) for likely in (0.29, 0.3, 0.2, 0.19, 0.29, 0.31)]
    assert heard == [False, True, True, False, False, True]


def test_tones_clicks_and_breath_are_no_speech() -> None:
    rng, at = np.random.default_rng(4), np.arange(12_000) / 8000
    ringback = 3000 * (np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 480 * at))
    digit = 5000 * (np.sin(2 * np.pi * 770 * at) + np.sin(2 * np.pi * 1336 * at))
    clicks = np.where(np.arange(12_000) % 1600 < 12, 15_000.0, 0.0) * rng.choice([-1, 1], 12_000)
    swell = np.abs(np.sin(2 * np.pi * at / 1.5))
    breath = np.convolve(rng.normal(0, 900, 12_000), [0.5, 0, -0.5], "same") * swell
    detector = SileroDetector()
    for signal in (ringback, digit, clicks, breath):
        quiet = np.concatenate([np.zeros(1600), signal]).astype(np.float32)
        assert not any(detector.is_speech(frame) for frame in cut(to_pcm(quiet)))


def test_neither_the_models_package_nor_torch_is_imported() -> None:
    SileroDetector()
    assert not {"silero_vad", "torch"} & set(sys.modules)


def test_a_session_made_before_a_fork_serves_the_child(sentences: list[Frames]) -> None:
    here = likelihoods(SileroDetector(), sentences[1])
    child = os.fork()
    if child == 0:
        same = likelihoods(SileroDetector(), sentences[1]) == here
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_model_of_another_package_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plugins/silero/resources/silero_vad.onnx"
    file.parent.mkdir(parents=True)
    file.touch()
    spec = ModuleSpec("livekit", None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(silero_model, "find_spec", lambda name: spec if name == "livekit" else None)
    assert silero_model.model_file() == file


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_a_broken_model_is_told_by_name(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "silero_vad.onnx"
    file.write_bytes(content)
    silero_model.shared_session.cache_clear()
    monkeypatch.setattr(silero_model, "model_file", lambda: file)
    with pytest.raises(silero_model.SileroMissing, match=r"silero_vad\.onnx"):
        SileroDetector()
