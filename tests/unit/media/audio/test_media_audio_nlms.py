"""The NumPy echo canceller: what it learns, what it must not learn, and what it costs nobody."""

import numpy as np
import pytest
from g168_line import Line, css, echo_path, hoth, level_dbm0, seconds, silence, tones
from hypothesis import given, settings
from hypothesis import strategies as st

from acoustics.room import impulse_response
from acoustics.signals import RATE, on_the_line
from media.audio.echo.kalman import BINS, BLOCK, SIZE, KalmanFilter
from media.audio.echo.nlms import NlmsCanceller
from media.audio.echo.port import FRAME, FRAME_BYTES
from media.audio.echo.spectrum import power, unleaked_power
from media.audio.echo.twopath import Contest, PathChange, Verdict
from media.audio.spectrum import forward

FAR = css(4.0, -10.0, seed=1)
CALLEE = css(4.0, -10.0, seed=9, pitch_hz=210.0)
EXTREMES = np.where(np.random.default_rng(5).random(4 * RATE) < 0.5, -32768.0, 32767.0)


def line(path: str = "64 ms", erl_db: float = 6.0) -> Line:
    return Line(NlmsCanceller(), echo_path(path, erl_db))


def test_twenty_decibels_within_a_second_and_near_the_mu_law_limit() -> None:
    tested = line()
    tested.run(FAR)
    assert tested.erle_db(0.7, 1.0) >= 20.0
    assert tested.erle_db(2, 4) >= 33.0


@pytest.mark.parametrize("delay_ms", [40.0, 90.0])
def test_an_echo_that_begins_late_in_the_tail_is_learnt_too(delay_ms: float) -> None:
    path = impulse_response(30.0, 30.0, 6.0, delay_ms, np.random.default_rng(1))
    tested = Line(NlmsCanceller(), path)
    tested.run(FAR)
    assert tested.erle_db(2, 4) >= 30.0


def test_double_talk_leaves_the_callee_as_spoken() -> None:
    tested = line()
    tested.run(FAR)
    out = tested.run(FAR, CALLEE)
    assert level_dbm0(out - CALLEE) <= level_dbm0(CALLEE) - 28.0


def test_on_a_line_without_echo_barge_in_makes_no_phantom() -> None:
    tested = Line(NlmsCanceller(), silence(0.001))
    tested.run(FAR, hoth(4.0, -60.0, seed=2))
    out = tested.run(FAR, CALLEE)
    assert level_dbm0(out - on_the_line(CALLEE)) <= level_dbm0(CALLEE) - 40.0


@pytest.mark.parametrize("gain", [-1.0, 0.5, 2.0])
def test_a_changed_path_is_learnt_anew(gain: float) -> None:
    tested = line()
    tested.run(FAR)
    tested.path = tested.path * np.float32(gain)
    tested.run(FAR)
    assert tested.erle_db(6, 8) >= 28.0


def test_without_learning_the_filter_stays_as_it_is() -> None:
    tested = line()
    tested.run(FAR, learn=False)
    assert tested.erle_db(0, 4) == 0.0
    tested.run(FAR)
    before = tested.engine._weights.copy()
    tested.run(FAR, CALLEE, learn=False)
    assert (tested.engine._weights == before).all()


def test_extremes_and_clipping_pass_without_harm() -> None:
    tested = line(erl_db=-12.0)
    tested.run(FAR)
    out = tested.run(EXTREMES.astype(np.float32), -EXTREMES.astype(np.float32))
    assert np.isfinite(out).all()
    tested.path = echo_path("hybrid")
    tested.run(FAR)
    tested.run(FAR)
    assert tested.erle_db(14, 16) >= 30.0


@pytest.mark.parametrize("lived", [True, False])
def test_a_dead_microphone_stays_silent_and_leaves_no_denormals(lived: bool) -> None:
    tested = line()
    if lived:
        tested.run(FAR)
    tested.path = silence(0.001)
    for _ in range(5):
        out = tested.run(FAR)
    assert not out.any()
    learner = tested.engine._filter
    for part in (learner.weights.view(np.float32), learner.uncertainty, learner._near_power):
        assert np.isfinite(part).all()
        assert (np.abs(part[part != 0]) >= np.finfo(np.float32).smallest_normal).all()


def test_an_echo_is_learnt_where_there_was_none_for_long() -> None:
    tested = Line(NlmsCanceller(), silence(0.001))
    for _ in range(10):
        tested.run(FAR)
    tested.path = echo_path("64 ms")
    tested.run(FAR)
    tested.run(FAR)
    assert tested.erle_db(45, 48) >= 20.0


def test_a_whispering_line_unlearns_nothing() -> None:
    tested = line()
    tested.run(FAR)
    whisper = 8.0 * np.random.default_rng(1).integers(-1, 2, 20 * RATE)
    tested.run(whisper.astype(np.float32))
    tested.run(FAR)
    assert tested.erle_db(24, 25) >= 30.0


def test_a_silent_far_end_passes_the_microphone_bit_by_bit() -> None:
    tested = line()
    tested.run(FAR)
    out = tested.run(silence(1.0), CALLEE[:RATE])
    tail = seconds(SIZE / RATE + 0.02, 1)
    assert (out[tail] == tested.sent[seconds(4, 5)][tail]).all()


def test_after_a_reset_nothing_is_left_of_the_past() -> None:
    used, new = line(), line()
    used.run(EXTREMES.astype(np.float32), CALLEE)
    used.run(tones(1.0, (440.0, -10.0)))
    used.engine.reset()
    used.heard = silence(0.0)
    assert (used.run(FAR, CALLEE) == new.run(FAR, CALLEE)).all()


@given(st.lists(st.tuples(st.binary(min_size=FRAME_BYTES, max_size=FRAME_BYTES), st.booleans())))
@settings(max_examples=20, deadline=None)
def test_any_frames_give_as_many_finite_ones(frames: list[tuple[bytes, bool]]) -> None:
    canceller = NlmsCanceller()
    for frame, swapped in frames:
        pair = (frame, frame[::-1])
        assert len(canceller.cancel(*(pair[::-1] if swapped else pair))) == FRAME_BYTES
    assert np.isfinite(canceller._weights).all()


@pytest.mark.parametrize("sizes", [(0, 320), (320, 0), (318, 320), (320, 640)])
def test_other_lengths_are_refused(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="320 bytes"):
        NlmsCanceller().cancel(bytes(sizes[0]), bytes(sizes[1]))


def test_a_tone_teaches_nothing_about_other_frequencies() -> None:
    tested = line()
    tested.run(tones(4.0, (425.0, -10.0)))
    tested.run(FAR)
    assert tested.erle_db(5, 6) >= 28.0


def test_certainty_ends_where_an_echo_may_appear_some_day() -> None:
    learner = KalmanFilter(np.zeros(BINS, np.complex64))
    spectrum = np.empty(BINS, np.complex64)
    far = (3000.0 * np.random.default_rng(4).standard_normal(RATE)).astype(np.float32)
    for at in range(0, 6000, 20):
        forward(far[at : at + SIZE], SIZE, spectrum)
        learner.update(spectrum, np.zeros(BLOCK, np.float32))
    assert learner.uncertainty.max() < 1e-3
    assert np.median(learner.uncertainty) > 1e-6


def test_a_hann_window_sees_white_noise_as_it_is_and_a_tone_in_its_place() -> None:
    spectrum = np.empty(BINS, np.complex64)
    noise = np.random.default_rng(3).standard_normal(SIZE).astype(np.float32)
    forward(noise, SIZE, spectrum)
    assert unleaked_power(spectrum).mean() == pytest.approx(power(spectrum).mean(), rel=0.1)
    forward(tones(1.0, (1001.0, 0.0))[:SIZE], SIZE, spectrum)
    assert unleaked_power(spectrum)[500] < 1e-3 * power(spectrum)[500]


def test_a_contest_needs_more_than_luck() -> None:
    """Errors that differ only by how the near end happens to fit are no proof of a better one."""
    contest = Contest()
    near = hoth(2.0, -20.0, seed=1).reshape(-1, FRAME)
    apart = hoth(2.0, -40.0, seed=2).reshape(-1, FRAME)
    for speech, difference in zip(near, apart, strict=True):
        working, learning = speech - difference / 2, speech + difference / 2
        energies = [float(x @ x) for x in (working, learning, difference)]
        assert contest.judge(*energies) is not Verdict.ADOPT


@pytest.mark.parametrize(
    ("working", "learning", "verdict"),
    [(1e8, 1e6, Verdict.ADOPT), (1e6, 1e8, Verdict.RETURN)],
)
def test_the_better_filter_wins(working: float, learning: float, verdict: Verdict) -> None:
    contest = Contest()
    apart = max(working, learning)
    assert verdict in [contest.judge(working, learning, apart) for _ in range(3)]


def test_a_changed_path_shows_and_a_callee_does_not() -> None:
    estimate, other = FAR.reshape(-1, FRAME), CALLEE.reshape(-1, FRAME)
    change, none = PathChange(), PathChange()
    seen, false = [], []
    for echo, speech in zip(estimate, other, strict=True):
        energy = float(echo @ echo)
        seen.append(change.seen(-energy, energy, energy))
        false.append(none.seen(float(speech @ echo), energy, float(speech @ speech)))
    assert any(seen)
    assert not any(false)
