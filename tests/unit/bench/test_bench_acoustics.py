"""The laboratory: what is asked of noise, rooms, losses, networks and scores is what comes."""

import numpy as np
import pytest

from acoustics import scene as scenes
from acoustics.loss import burst_loss, random_loss
from acoustics.noise import car, mix, white
from acoustics.room import impulse_response, reflect
from acoustics.scene import echo_scene
from acoustics.score import erle_db, lag_of, reached_s, t20
from acoustics.signals import (
    FRAME,
    RATE,
    Signal,
    active_level,
    at_level,
    delayed,
    from_frames,
    on_the_line,
    to_frames,
)
from acoustics.speech import Talker, running
from acoustics.trace import TRACES


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def _talk(seconds: float = 4.0, seed: int = 1) -> Signal:
    """Noise in syllables: active three quarters of the time."""
    n = round(seconds * RATE)
    loud = np.arange(n) % 4000 < 3000
    sound = np.random.default_rng(seed).standard_normal(n) * 2000 * loud
    return sound.astype(np.float32)


@pytest.fixture
def talkers(monkeypatch: pytest.MonkeyPatch) -> None:
    for index, who in enumerate(("agents", "callees")):
        one = Talker("test", _talk(seed=index))
        monkeypatch.setattr(scenes, who, lambda one=one: (one,))


def test_frames_are_whole_and_come_back() -> None:
    talk = np.rint(_talk(1.01))
    frames = to_frames(talk)
    assert {len(frame) for frame in frames} == {2 * FRAME} and len(frames) == 50
    assert np.array_equal(from_frames(frames), talk[: 50 * FRAME])


def test_the_line_is_coded_once_and_then_transparent() -> None:
    once = on_the_line(_talk())
    assert not np.array_equal(once, _talk())
    assert np.array_equal(on_the_line(once), once)


@pytest.mark.parametrize("dbfs", [-40.0, -26.0, -20.0])
def test_a_level_is_reached_whatever_the_pauses(dbfs: float) -> None:
    talk = at_level(np.concatenate((_talk(), np.zeros(4 * RATE, np.float32))), dbfs)
    assert active_level(talk) == pytest.approx(dbfs, abs=0.05)


@pytest.mark.parametrize("snr_db", [0.0, 5.0, 20.0])
@pytest.mark.parametrize("noise", [white, car])
def test_noise_lies_so_far_below_speech(noise: object, snr_db: float) -> None:
    assert callable(noise)
    talk = _talk()
    added = mix(talk, noise(len(talk), _rng()), snr_db) - talk
    rms = 20 * np.log10(np.sqrt(np.mean(added.astype(float) ** 2)) / 32768)
    assert active_level(talk) - rms == pytest.approx(snr_db, abs=0.1)


def test_a_room_returns_white_sound_by_its_loss_and_after_its_delay() -> None:
    response = impulse_response(64, 64, erl_db=12, delay_ms=100, rng=_rng())
    sent = _rng().standard_normal(4 * RATE).astype(np.float32)
    echo = reflect(sent, response)
    assert not np.abs(echo[: RATE // 10]).max() > 1e-4
    assert erle_db(1000 * sent, 1000 * echo) == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_losses_have_their_rate_and_bursts_their_length(rate: float) -> None:
    n = 200_000
    alone, bursts = random_loss(n, rate, _rng()), burst_loss(n, rate, 3.0, _rng())
    assert alone.mean() == pytest.approx(rate, rel=0.1)
    assert bursts.mean() == pytest.approx(rate, rel=0.1)
    begun = np.count_nonzero(bursts[1:] & ~bursts[:-1])
    assert bursts.sum() / begun == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize("make", TRACES)
def test_networks_keep_the_order_and_repeat_themselves(make: object) -> None:
    assert callable(make)
    trace = make(_rng())
    assert len(trace.arrivals_ms) == 300 * 50
    assert (np.diff(trace.arrivals_ms) >= 0).all() and trace.delays_ms.min() == 0
    assert np.array_equal(make(_rng()).arrivals_ms, trace.arrivals_ms)


def test_a_fixed_hundred_milliseconds_is_too_short_for_the_bursts_of_wifi() -> None:
    _, wifi, tcp = (make(_rng()) for make in TRACES)
    assert 0.4 < 100 * (wifi.delays_ms > 100).mean() < 1.2
    assert 0.4 < 100 * (tcp.delays_ms > 100).mean() < 1.4


def test_convergence_is_the_time_from_which_the_echo_stays_down() -> None:
    mic = _talk(5.0)
    out = mic.copy()
    out[2 * RATE :] *= 0.05
    assert erle_db(mic[3 * RATE :], out[3 * RATE :]) == pytest.approx(26, abs=0.1)
    assert t20(mic, out) == pytest.approx(2.0, abs=0.25)
    assert reached_s(mic, out, 30.0) == float("inf")


@pytest.mark.parametrize("lag", [0, 30, 160])
def test_a_lag_is_found(lag: int) -> None:
    talk = _talk()
    assert lag_of(talk, delayed(talk, lag)) == lag


@pytest.mark.usefixtures("talkers")
def test_a_scene_is_what_it_says() -> None:
    scene = echo_scene(erl_db=6, delay_ms=100, ser_db=3)
    start, end = scene.double_talk
    assert active_level(scene.far) - active_level(scene.echo) == pytest.approx(6, abs=1.0)
    level = active_level(scene.near[start:end]) - active_level(scene.echo[start:end])
    assert level == pytest.approx(3, abs=0.2)
    assert not scene.near[:start].any() and not scene.near[end:].any()
    assert not scene.echo[scene.path_ends_at :].any()
    assert np.array_equal(on_the_line(scene.mic), scene.mic)
    single = scene.seconds(2, 12)
    assert 25 < erle_db(scene.mic[single], (scene.mic - scene.echo)[single]) < 40


@pytest.mark.usefixtures("talkers")
def test_a_scene_repeats_itself_by_its_seed() -> None:
    assert np.array_equal(echo_scene(seed=2).mic, echo_scene(seed=2).mic)
    assert not np.array_equal(echo_scene(seed=2).mic, echo_scene(seed=3).mic)


def test_talkers_follow_each_other_round_and_round() -> None:
    pair = (Talker("a", np.full(3, 1.0, np.float32)), Talker("b", np.full(2, 2.0, np.float32)))
    assert running(7, 1, pair).tolist() == [2, 2, 1, 1, 1, 2, 2]
