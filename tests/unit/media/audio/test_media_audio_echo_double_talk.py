"""The double-talk detector on frames made of an echo, what a filter takes of it, and the callee."""

import numpy as np
from echo_line import energies, speechlike

from acoustics.signals import Signal, to_frames
from media.audio.echo.double_talk import DoubleTalkDetector
from media.audio.echo.meter import Meter

ECHO = speechlike(8.0, seed=1)
NEAR = speechlike(8.0, seed=2)
NOISE = (np.random.default_rng(3).standard_normal(len(ECHO)) * 10).astype(np.float32)
NOBODY = np.zeros_like(ECHO)


def judged(
    detector: DoubleTalkDetector, known: Signal, near: Signal, coupling: float = 1.0
) -> list[tuple[bool, bool, bool]]:
    """`known` of the echo is taken away; whether the filter may learn, double talk, lost."""
    meter, told, expected = Meter(), [], 0.0
    mic = ECHO + near + NOISE
    loudness = coupling * energies(ECHO)
    for frame, left, loud in zip(to_frames(mic), to_frames(mic - known), loudness, strict=True):
        expected = max(float(loud), 0.6 * expected)
        detector.judge(meter.measure(frame, left), expected, unsure=False)
        told.append((detector.learn, detector.double_talk, detector.lost))
    return told


def converged() -> DoubleTalkDetector:
    detector = DoubleTalkDetector()
    judged(detector, 0.98 * ECHO, NOBODY)
    return detector


def test_far_end_single_talk_is_learned_from() -> None:
    detector = converged()

    assert detector.converged and detector.leak_db < -25
    assert all(frame == (True, False, False) for frame in judged(detector, 0.98 * ECHO, NOBODY))


def test_the_callee_freezes_the_filter_at_once() -> None:
    told = judged(converged(), 0.98 * ECHO, NEAR)
    first = [double for _, double, _ in told].index(True)
    learns = np.mean([learn for learn, _, _ in told[first:]])

    assert first <= 5
    assert learns < 0.05
    assert np.mean([lost for _, _, lost in told]) < 0.05


def test_a_changed_path_is_lost_and_learned_after_a_while_and_no_double_talk() -> None:
    other_path = np.roll(ECHO, 2000)
    told = judged(converged(), other_path, NOBODY)

    assert np.mean([lost for _, _, lost in told[5:40]]) > 0.5
    assert not any(learn for learn, _, _ in told[5:15])
    assert all(learn for learn, _, _ in told[120:])
    assert np.mean([double for _, double, _ in told]) < 0.2


def test_what_never_pauses_is_no_callee() -> None:
    drone = (3000 * np.sin(2 * np.pi * 700 * np.arange(len(ECHO)) / 8000)).astype(np.float32)
    told = judged(converged(), 0.98 * ECHO, drone)

    assert not any(learn for learn, _, _ in told[5:90])
    assert all(learn for learn, _, _ in told[150:])


def test_a_filter_that_never_worked_learns_after_a_while_whatever_is_heard() -> None:
    told = judged(DoubleTalkDetector(), NOBODY, NOBODY, coupling=1e-4)

    assert not all(learn for learn, _, _ in told[:100])
    assert all(learn for learn, _, _ in told[150:])


def test_where_no_echo_is_known_all_sound_is_the_callees() -> None:
    told = judged(DoubleTalkDetector(), NOBODY, NEAR, coupling=0.0)

    assert np.mean([double for _, double, _ in told]) > 0.9
