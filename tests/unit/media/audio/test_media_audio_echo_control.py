"""Echo control over both engines: what it takes out, what it must not touch, what it tells."""

import numpy as np
import pytest
from echo_line import energies, line, listen, output, speechlike
from hypothesis import given, settings
from hypothesis import strategies as st

from acoustics.scene import echo_scene
from acoustics.score import dbfs, erle_db
from acoustics.signals import RATE, Signal, on_the_line, to_frames
from media.audio.echo.choose import NAMES, make
from media.audio.echo.control import EchoControl
from media.audio.echo.guard import never_louder
from media.audio.echo.port import FRAME
from media.audio.resample import to_pcm

FAR = on_the_line(speechlike(4.0, seed=1))
each_engine = pytest.mark.parametrize("engine", NAMES)


def control_of(engine: str, far: Signal | None = None, at: int = 0) -> EchoControl:
    try:
        control = EchoControl(make(engine))
    except ValueError as missing:
        pytest.skip(str(missing))
    if far is not None:
        control.played(to_pcm(far), at)
    return control


def late(signal: Signal, from_s: float, to_s: float | None = None) -> Signal:
    return signal[round(from_s * RATE) : None if to_s is None else round(to_s * RATE)]


@each_engine
@pytest.mark.parametrize("delay_ms", [0, 300])
def test_the_echo_is_gone_within_little_more_than_a_second(engine: str, delay_ms: int) -> None:
    mic = line(FAR, delay_ms=delay_ms)
    heard = listen(control_of(engine, FAR), mic)
    out = output(heard)

    assert erle_db(late(mic, 1.5), late(out, 1.5)) > 28
    assert not any(one.double_talk for one in heard[75:])
    assert heard[-1].erle_db is not None and heard[-1].erle_db > 20
    assert heard[-1].delay_ms is not None and abs(heard[-1].delay_ms - delay_ms) <= 12


@each_engine
def test_the_callee_is_let_through_and_told_of(engine: str) -> None:
    near = np.concatenate((np.zeros(3 * RATE, np.float32), speechlike(1.0, seed=8, rms=1500.0)))
    heard = listen(control_of(engine, FAR), line(FAR, near))
    spoken, out = np.diff(late(near, 3.0)), np.diff(late(output(heard), 3.0))

    likeness = spoken @ out / np.sqrt(float(spoken @ spoken) * float(out @ out))
    assert likeness > 0.9
    assert any(one.double_talk for one in heard[150:158])
    assert np.mean([one.double_talk for one in heard[155:]]) > 0.7


@each_engine
def test_without_far_end_or_echo_the_microphone_passes_bit_by_bit(engine: str) -> None:
    near = on_the_line(speechlike(2.0, seed=3))

    assert np.array_equal(output(listen(control_of(engine), near)), near)
    mic = line(FAR, on_the_line(speechlike(4.0, seed=3)), erl_db=90.0)
    heard = listen(control_of(engine, FAR), mic)
    assert np.array_equal(output(heard), mic)
    assert heard[-1].delay_ms is None and heard[50].far_active


@each_engine
def test_once_the_far_end_has_fallen_silent_the_microphone_passes_bit_by_bit(engine: str) -> None:
    far = FAR[: 2 * RATE]
    near = on_the_line(np.concatenate((np.zeros(2 * RATE, np.float32), speechlike(2.0, seed=3))))
    mic = np.concatenate((line(far), near[2 * RATE :])).astype(np.float32)
    heard = listen(control_of(engine, far), mic)

    quiet = 2 * RATE + 8 * FRAME
    assert np.array_equal(output(heard)[quiet:], mic[quiet:])
    assert heard[50].far_active and not heard[-1].far_active


@each_engine
def test_an_echo_that_vanishes_leaves_no_phantom(engine: str) -> None:
    mic = line(FAR)
    mic[3 * RATE :] = line(FAR, erl_db=90.0)[3 * RATE :]
    out = output(listen(control_of(engine, FAR), mic))

    assert dbfs(late(out, 3.5)) < -60


@each_engine
def test_once_the_echo_is_gone_for_good_the_callee_passes_bit_by_bit(engine: str) -> None:
    gone = round(1.5 * RATE)
    near = np.concatenate((np.zeros(3 * RATE, np.float32), speechlike(1.0, seed=8, rms=1500.0)))
    mic = np.concatenate((line(FAR)[:gone], line(FAR, near, erl_db=90.0)[gone:]))
    heard = listen(control_of(engine, FAR), mic)

    assert np.array_equal(late(output(heard), 3.0), late(mic, 3.0))
    assert np.mean([one.double_talk for one in heard[155:]]) > 0.7


@each_engine
def test_an_echo_that_begins_late_in_the_call_is_found(engine: str) -> None:
    mic = line(FAR, delay_ms=150)
    mic[: 2 * RATE] = line(FAR, erl_db=90.0)[: 2 * RATE]
    out = output(listen(control_of(engine, FAR), mic))

    assert erle_db(late(mic, 3.2), late(out, 3.2)) > 20


@each_engine
@pytest.mark.parametrize("delay_ms", [0, 400])
def test_the_agents_own_first_words_are_no_double_talk(engine: str, delay_ms: int) -> None:
    heard = listen(control_of(engine, FAR), line(FAR[: 2 * RATE], delay_ms=delay_ms))

    assert np.mean([one.double_talk for one in heard]) < 0.05


@each_engine
def test_a_spurt_that_was_misplaced_is_found(engine: str) -> None:
    far = np.concatenate((FAR[: 2 * RATE], np.zeros(RATE // 2, np.float32), FAR[2 * RATE :]))
    control = control_of(engine, far[: 2 * RATE])
    control.played(to_pcm(FAR[2 * RATE :]), 5 * RATE // 2 + 24 * 8)
    mic = line(far, delay_ms=100)
    out = output(listen(control, mic))

    assert erle_db(late(mic, 3.2), late(out, 3.2)) > 22


@each_engine
def test_a_spurt_that_is_moved_by_a_mark_counts_from_then_on(engine: str) -> None:
    control = control_of(engine, FAR, at=160)
    mic = line(FAR)
    out = output(listen(control, mic[: 2 * RATE]))
    control.played(to_pcm(FAR[2 * RATE - 160 :]), 2 * RATE - 160)
    rest = output(listen(control, mic[2 * RATE :], at=2 * RATE))

    assert erle_db(late(mic, 1.5, 2.0), late(out, 1.5)) > 20
    assert erle_db(late(mic, 3.0), late(rest, 1.0)) > 20


@each_engine
@pytest.mark.parametrize("delay_ms", [60, 200])
def test_a_first_spurt_that_is_moved_in_its_first_moments_misleads_nobody(
    engine: str, delay_ms: int
) -> None:
    far = np.concatenate((np.zeros(RATE // 5, np.float32), FAR[: 3 * RATE]))
    control = control_of(engine, FAR[: 3 * RATE], at=RATE // 5 - 40 * 8)
    mic = line(far, delay_ms=delay_ms)
    moved = 14 * FRAME
    heard = listen(control, mic[:moved])
    control.played(to_pcm(FAR[: 3 * RATE]), RATE // 5)
    control.played(bytes(2 * 40 * 8), RATE // 5 - 40 * 8)
    heard += listen(control, mic[moved:], at=moved)

    assert np.mean([one.double_talk for one in heard]) < 0.05
    assert all(one.settled for one in heard[75:])
    assert erle_db(late(mic, 1.5), late(output(heard), 1.5)) > 20


@each_engine
@pytest.mark.parametrize(("seed", "delay_ms"), [(1, 160.0), (1, 170.0), (2, 120.0)])
def test_the_first_look_at_few_sounds_misleads_nobody(
    engine: str, seed: int, delay_ms: float
) -> None:
    scene = echo_scene(delay_ms=delay_ms, seed=seed)
    far, mic = scene.far[: 3 * RATE], scene.mic[: 3 * RATE]
    control = control_of(engine)
    heard = []
    for index, (near, sound) in enumerate(zip(to_frames(mic), to_frames(far), strict=True)):
        control.played(sound, index * FRAME)
        heard.append(control.process(near, index * FRAME))

    assert all(one.delay_ms is None or one.delay_ms >= -20 for one in heard)
    assert heard[-1].delay_ms is not None and abs(heard[-1].delay_ms - delay_ms) <= 12
    assert erle_db(late(mic, 1.5), late(output(heard), 1.5)) > 28


@each_engine
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), loud=st.sampled_from([0.0, 30.0, 3000.0, 60000.0]))
def test_never_louder_than_the_microphone_and_deterministic(
    engine: str, seed: int, loud: float
) -> None:
    rng = np.random.default_rng(seed)
    far = np.clip(rng.standard_normal(80 * FRAME) * 6000, -32768, 32767).astype(np.float32)
    mic = np.clip(0.5 * far + rng.standard_normal(80 * FRAME) * loud, -32768, 32767)
    mic[40 * FRAME :] = np.clip(rng.standard_normal(40 * FRAME) * loud, -32768, 32767)
    heard = np.trunc(mic).astype(np.float32)
    out = output(listen(control_of(engine, far), heard))

    assert (energies(out) <= energies(heard)).all()
    assert np.array_equal(out, output(listen(control_of(engine, far), heard)))


def test_the_guard_scales_what_is_a_little_loud_and_drops_what_is_far_too_loud() -> None:
    rng = np.random.default_rng(1)
    near = np.rint(rng.standard_normal(FRAME) * 1000).astype(np.float32)
    for factor, expected in ((0.9, 0.9), (1.2, 1.0), (3.0, 1.0)):
        out = np.rint(near[::-1] * factor).astype(np.float32)
        safe = never_louder(near, out, float(near @ near), float(out @ out))
        assert float(safe @ safe) <= float(near @ near)
        assert float(safe @ safe) == pytest.approx(expected**2 * float(near @ near), rel=0.01)


@each_engine
def test_extreme_samples_are_borne_in_silence(
    engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    square = np.tile(np.array([32767, -32768], np.float32), 40 * FRAME)
    heard = listen(control_of(engine, square), np.roll(square, 1))
    heard += listen(control_of(engine, square), np.repeat(square[::2], 2)[::-1])

    assert all(len(one.pcm) == 2 * FRAME for one in heard)
    assert capfd.readouterr().err == ""


@each_engine
def test_a_frame_of_another_length_is_refused(engine: str) -> None:
    with pytest.raises(ValueError, match="320 bytes"):
        control_of(engine).process(to_frames(FAR)[0][:-2], 0)


def test_an_engine_that_nobody_knows_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="'lms': one of speex, nlms"):
        make("lms")
