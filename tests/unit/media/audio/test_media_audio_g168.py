"""Echo cancellers under tests 2A to 7 of ITU-T G.168.

Course, levels and pass criteria follow the Recommendation, as spandsp's echo tests carry it out.
Everywhere two things deviate. The source is after the composite source signal, not its samples.
And where the Recommendation draws a mask of residual levels, a least ERLE is asked: on a mu-law
line the quantization of S_in alone leaves a residual 36 to 38 dB below the echo. Levels: R_in at
-10 dBm0, echo return loss 6 dB.
"""

import pytest
from g168_line import (
    PATHS,
    Line,
    css,
    echo_path,
    hoth,
    level_dbm0,
    peak_dbm0,
    seconds,
    silence,
    tones,
)

from acoustics.signals import Signal
from media.audio.echo.choose import NAMES, make
from media.audio.echo.control import EchoControl

FAR = css(10.0, -10.0, seed=1)
FAR_5S = css(5.0, -10.0, seed=2)
each_path = pytest.mark.parametrize("path", PATHS)
each_engine = pytest.mark.parametrize("engine", NAMES)
DUAL_TONES = {
    "dtmf": ((697.0, -11.0), (1209.0, -9.0)),
    "ringback": ((440.0, -11.0), (480.0, -9.0)),
    "single": ((1004.0, -10.0),),
}


def callee(length_s: float, dbm0: float) -> Signal:
    return css(length_s, dbm0, seed=9, pitch_hz=210.0)


def line(engine: str, path: str, controlled: bool = False) -> Line:
    try:
        canceller = make(engine)
    except ValueError as missing:
        pytest.skip(str(missing))
    control = EchoControl(canceller) if controlled else None
    return Line(canceller, echo_path(path), control)


@each_path
@each_engine
def test_2a_convergence_with_the_residual_suppressor(engine: str, path: str) -> None:
    """Convergence for 1 s, then the meter's peak; an abrupt change of the path, and again.

    The Recommendation: -65 dBm0, one mu-law step. Deviation: the peak may reach -45 dBm0, and
    -40 dBm0 from 2 s after the change, as a suppressor that has to open at once for the callee
    lets onsets of the residual pass; in the mean it must stay under -55 dBm0.
    """
    tested = line(engine, path, controlled=True)
    out = tested.run(FAR)[seconds(1, 10)]
    assert peak_dbm0(out) <= -45.0
    assert level_dbm0(out) <= -55.0
    tested.path = echo_path(path, other=True)
    again = tested.run(FAR)[seconds(2, 10)]
    assert peak_dbm0(again) <= -40.0
    assert level_dbm0(again) <= -55.0


@each_path
@each_engine
def test_2b_convergence_and_reconvergence_without_suppressor(engine: str, path: str) -> None:
    """Convergence, an abrupt change to another path, and convergence again, linear output.

    Asked after 2 s and after 5 s, on both paths; without a right filter the ERLE is 0 dB.
    """
    tested = line(engine, path)
    tested.run(FAR)
    tested.path = echo_path(path, other=True)
    tested.run(FAR)
    assert tested.erle_db(2, 5) >= 28.0
    assert tested.erle_db(5, 10) >= 32.0
    assert tested.erle_db(12, 15) >= 22.0
    assert tested.erle_db(15, 20) >= 31.0


@each_path
@each_engine
def test_2c_convergence_in_background_noise(engine: str, path: str) -> None:
    """5 s with Hoth-like noise of -40 dBm0 at the near end, then frozen and quiet.

    The Recommendation: the residual is no louder than the noise was.
    """
    tested = line(engine, path)
    tested.run(FAR_5S, hoth(5.0, -40.0, seed=5))
    residual = tested.run(FAR_5S, learn=False)
    assert level_dbm0(residual) <= -40.0


@each_path
@each_engine
def test_3a_convergence_under_soft_double_talk(engine: str, path: str) -> None:
    """Both talk from the start, the callee 20 dB softer; frozen after 5 s.

    The Recommendation: the residual is no louder than the callee was.
    """
    tested = line(engine, path)
    tested.run(FAR_5S, callee(5.0, -30.0))
    residual = tested.run(FAR_5S, learn=False)
    assert peak_dbm0(residual) <= -30.0


@pytest.mark.parametrize("callee_dbm0", [-10.0, -25.0])
@each_path
def test_3b_double_talk_does_not_undo_convergence(path: str, callee_dbm0: float) -> None:
    """5 s of convergence, 5 s of double talk at 0 and at -15 dB, frozen.

    The Recommendation lets the residual rise by 10 dB; 3 dB are granted here. Deviation: the
    `nlms` engine alone, as Speex on its own falls to 2 dB of ERLE in seamless double talk.
    """
    tested = line("nlms", path)
    tested.run(FAR_5S)
    tested.run(FAR_5S, callee(5.0, callee_dbm0))
    tested.run(FAR_5S, learn=False)
    assert tested.erle_db(10.5, 15) >= tested.erle_db(3, 5) - 3.0


@pytest.mark.parametrize("callee_dbm0", [-10.0, -25.0])
@each_path
@each_engine
def test_3b_under_echo_control(engine: str, path: str, callee_dbm0: float) -> None:
    """As 3B, with the double-talk detector instead of a frozen filter: 0.5 s after its end."""
    tested = line(engine, path, controlled=True)
    tested.run(FAR_5S)
    tested.run(FAR_5S, callee(5.0, callee_dbm0))
    tested.run(FAR_5S)
    assert tested.erle_db(10.5, 12.0) >= 25.0


@each_path
@each_engine
def test_3c_simulated_conversation(engine: str, path: str) -> None:
    """5.6 s of double talk from the start, 1.4 s of far end alone, twice: softer, then as loud.

    Deviation: under echo control for `speex`, alone for `nlms`; asked is an ERLE of 18 dB in the
    first gap, when all was learnt in double talk, and of 20 dB in the second.
    """
    tested = line(engine, path, controlled=engine == "speex")
    for number, near_dbm0 in enumerate((-25.0, -10.0)):
        tested.run(css(5.6, -10.0, seed=11 + number), callee(5.6, near_dbm0))
        tested.run(css(1.4, -10.0, seed=13 + number))
    assert tested.erle_db(5.6, 7.0) >= 18.0
    assert tested.erle_db(12.6, 14.0) >= 20.0


@each_path
@each_engine
def test_4_two_minutes_of_silence_leak_nothing(engine: str, path: str) -> None:
    """Convergence, 2 min of silence, frozen. The Recommendation grants 10 dB; here it is 1 dB."""
    tested = line(engine, path)
    tested.run(FAR_5S)
    assert not tested.run(silence(120.0))[seconds(1, 120)].any()
    tested.run(FAR_5S, learn=False)
    assert tested.erle_db(125, 130) >= tested.erle_db(3, 5) - 1.0


@each_path
@each_engine
def test_5_infinite_return_loss(engine: str, path: str) -> None:
    """The echo path opens after 5 s: no phantom of the echo from 0.5 s on, under echo control.

    Limit: -65 dBm0, the residual limit of test 2A, which is harder than that of the test itself.
    """
    tested = line(engine, path, controlled=True)
    tested.run(FAR_5S)
    tested.path = silence(0.001)
    assert peak_dbm0(tested.run(FAR_5S)[seconds(0.5, 5)]) <= -65.0


@pytest.mark.parametrize("kind", DUAL_TONES)
@each_path
@each_engine
def test_6_tones_do_not_make_it_diverge(engine: str, path: str, kind: str) -> None:
    """Convergence, 5 s of a tone, frozen: what the tone did to the filter at other frequencies.

    The Recommendation grants 10 dB of rise in the residual, which `nlms` keeps. Deviation: 15 dB
    for Speex, which learns from the mu-law harmonics of the tone.
    """
    tested = line(engine, path)
    tested.run(FAR_5S)
    tested.run(tones(5.0, *DUAL_TONES[kind]))
    tested.run(FAR_5S, learn=False)
    granted = {"speex": 15.0, "nlms": 6.0}[engine]
    assert tested.erle_db(5.2, 10) >= 30.0
    assert tested.erle_db(10, 15) >= tested.erle_db(3, 5) - granted


@pytest.mark.parametrize("kind", DUAL_TONES)
@each_path
@each_engine
def test_7_stable_on_tones_before_convergence(engine: str, path: str, kind: str) -> None:
    """A tone is all that the filter ever heard: never louder than the echo, and cancelled."""
    tested = line(engine, path)
    tested.run(tones(6.0, *DUAL_TONES[kind]))
    assert tested.erle_db(0, 1) >= 3.0
    assert tested.erle_db(3, 6) >= 30.0
