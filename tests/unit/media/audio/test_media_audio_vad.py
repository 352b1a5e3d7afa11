"""What every detector of voice activity holds to, and what one owes to its level."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.audio import g711
from media.audio.level import SILENT_DBFS, rms_dbfs
from media.audio.path import AudioSettings, build_path
from media.audio.resample import to_pcm
from media.audio.vad import choose, silero_model
from media.audio.vad.energy import EnergyDetector
from media.audio.vad.floor import NoiseFloor
from media.audio.vad.port import VoiceActivity
from media.audio.vad.webrtc import WebrtcDetector

FRAME = 320
Make = Callable[[], VoiceActivity]

needs_silero = pytest.mark.skipif(
    find_spec("onnxruntime") is None or find_spec("silero_vad") is None,
    reason="silero is not installed",
)


@pytest.fixture(
    params=[
        pytest.param(name, marks=needs_silero if name == "silero" else ()) for name in choose.ORDER
    ]
)
def make(request: pytest.FixtureRequest) -> Make:
    name = request.param

    def one() -> VoiceActivity:
        engine = choose.make(name)
        assert engine.name == name
        return engine

    return one


def cut(pcm: bytes) -> list[bytes]:
    return [pcm[i : i + FRAME] for i in range(0, len(pcm) - FRAME + 1, FRAME)]


def noise(dbfs: float, ms: int, seed: int = 1) -> list[bytes]:
    deviation = 32768 * 10 ** (dbfs / 20)
    samples = np.random.default_rng(seed).normal(0, deviation, 8 * ms).astype(np.float32)
    return cut(g711.decode(g711.encode(to_pcm(samples))))


def garbage(count: int, seed: int = 2) -> list[bytes]:
    rng = np.random.default_rng(seed)
    extremes = np.tile(np.array([32767, -32768], "<i2"), 80).tobytes()
    return [extremes, b"\x00\x80" * 160] + [rng.bytes(FRAME) for _ in range(count)]


def sentence(speech: dict[str, bytes], name: str = "yes_i_have_a_minute.slt") -> list[bytes]:
    return noise(-60, 1000) + cut(g711.decode(speech[name])) + noise(-60, 1000, seed=3)


def heard(engine: VoiceActivity, frames: list[bytes]) -> list[tuple[bool, float]]:
    return [(engine.is_speech(frame), engine.probability) for frame in frames]


def test_silence_is_no_speech(make: Make) -> None:
    engine = make()
    assert not any(
        speech or likely >= 0.5 for speech, likely in heard(engine, [bytes(FRAME)] * 100)
    )


def test_steady_line_noise_is_no_speech(make: Make) -> None:
    engine = make()
    frames = [bytes(FRAME)] * 50 + noise(-55, 2000) + noise(-35, 4000)
    found = [speech for speech, _ in heard(engine, frames)]
    assert not any(found[:150])
    assert not any(found[-90:])


def test_a_sentence_is_speech_and_its_surroundings_are_not(
    make: Make, speech: dict[str, bytes]
) -> None:
    found = [one for one, _ in heard(make(), sentence(speech))]
    inside = found[50:-50]
    assert sum(inside) > 0.5 * len(inside)
    assert not any(found[:45])
    assert not any(found[-35:])


def test_extremes_and_garbage_do_no_lasting_harm(make: Make, speech: dict[str, bytes]) -> None:
    engine = make()
    for speaking, likely in heard(engine, garbage(40)):
        assert isinstance(speaking, bool)
        assert 0.0 <= likely <= 1.0
    assert not any(one for one, _ in heard(engine, [bytes(FRAME)] * 100)[25:])
    assert any(one for one, _ in heard(engine, sentence(speech)))


@pytest.mark.parametrize("length", [0, 1, 160, 318, 319, 321, 640])
def test_another_length_is_refused_and_not_heard(make: Make, length: int) -> None:
    engine, undisturbed = make(), make()
    frames = noise(-20, 200)
    heard(engine, frames[:5])
    with pytest.raises(ValueError, match="320"):
        engine.is_speech(bytes(length))
    heard(undisturbed, frames[:5])
    assert heard(engine, frames[5:]) == heard(undisturbed, frames[5:])


def test_reset_forgets(make: Make, speech: dict[str, bytes]) -> None:
    engine, frames = make(), noise(-30, 400) + sentence(speech)
    heard(engine, frames[20:90] + noise(-30, 2500, seed=6) + garbage(20))
    engine.reset()
    assert engine.probability == 0.0
    assert heard(engine, frames) == heard(make(), frames)


def test_streams_know_nothing_of_each_other(make: Make, speech: dict[str, bytes]) -> None:
    frames = sentence(speech)
    alone = heard(make(), frames)
    first, second = make(), make()
    together = []
    for frame, other in zip(frames, garbage(len(frames)), strict=False):
        together += heard(first, [frame])
        second.is_speech(other)
    assert together == alone


@given(st.lists(st.floats(-96, 0), min_size=1, max_size=300))
def test_the_floor_is_never_above_the_smoothed_level(levels: list[float]) -> None:
    floor = NoiseFloor()
    for number, level in enumerate(levels, start=1):
        recent = levels[max(0, number - 3) : number]
        assert floor.feed(level) <= sum(recent) / len(recent) + 1e-9


def test_the_floor_follows_a_louder_line_after_its_window() -> None:
    floor = NoiseFloor(window_ms=200)
    assert [floor.feed(-30.0) for _ in range(12)][8:] == [-60.0, -30.0, -30.0, -30.0]


@given(st.lists(st.floats(-96, 0), max_size=30))
def test_a_floor_that_was_reset_is_new(levels: list[float]) -> None:
    used, new = NoiseFloor(window_ms=200), NoiseFloor(window_ms=200)
    for level in levels:
        used.feed(level)
    used.reset()
    assert [used.feed(-30.0) for _ in range(12)] == [new.feed(-30.0) for _ in range(12)]


@given(st.integers(-60, -20), st.integers(0, 40))
@settings(max_examples=50)
def test_energy_is_speech_from_its_threshold_on(floor_dbfs: int, over_db: int) -> None:
    engine = EnergyDetector()
    for frame in noise(floor_dbfs, 2200):
        engine.is_speech(frame)
    loud = noise(min(-6, floor_dbfs + over_db), 20, seed=5)[0]
    level = rms_dbfs(loud)
    speaking = engine.is_speech(loud)
    assert speaking == (engine.probability >= 0.5)
    if level < -48 or over_db < 5:
        assert not speaking
    if level >= -47 and level > floor_dbfs + 10:
        assert speaking


def test_webrtc_hears_only_what_stands_out_of_the_noise(speech: dict[str, bytes]) -> None:
    frames = noise(-44, 1000) + sentence(speech)
    energy, webrtc = EnergyDetector(), WebrtcDetector()
    pairs = [(webrtc.is_speech(frame), energy.is_speech(frame)) for frame in frames]
    assert all(loud for speaking, loud in pairs if speaking)
    assert any(loud and not speaking for speaking, loud in pairs)


def test_an_unknown_engine_is_refused_with_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"'magic'.*silero, webrtc, energy"):
        choose.make("magic")


def test_without_silero_the_path_falls_back_with_reason_and_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silero_model.shared_session.cache_clear()
    monkeypatch.setattr(silero_model, "find_spec", lambda name: None)
    told: list[str] = []
    health = build_path(AudioSettings(), lambda: 0, told.append).health()
    assert health.engines["vad"] == "webrtc"
    assert "silero" in told[0] and "pip install" in told[0]


@needs_silero
def test_the_path_takes_the_best_and_has_nothing_to_explain() -> None:
    health = build_path(AudioSettings(), lambda: 0, print).health()
    assert (health.engines["vad"], health.warnings) == ("silero", ())


def test_levels_of_silence_are_bounded() -> None:
    engine = EnergyDetector()
    engine.is_speech(bytes(FRAME))
    assert rms_dbfs(bytes(FRAME)) == SILENT_DBFS
    assert engine.probability < 1e-4
