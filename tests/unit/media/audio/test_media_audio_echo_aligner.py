"""The aligner finds where the echo begins; the shift finder, by how much a spurt is misplaced."""

import numpy as np
import pytest
from echo_line import line, speechlike

from acoustics.signals import Signal, to_frames
from media.audio.echo.aligner import Aligner
from media.audio.echo.port import FRAME
from media.audio.echo.reference import FarReference
from media.audio.echo.shift import ShiftFinder
from media.audio.resample import to_pcm


def found_in(aligner: Aligner, mic: Signal) -> list[int]:
    found = []
    for index, frame in enumerate(to_frames(mic)):
        aligner.heard(frame)
        if index >= 25:
            delay = aligner.step(FRAME * (index + 1))
            if delay is not None:
                found.append(delay)
    return found


def aligner_of(far: Signal) -> Aligner:
    reference = FarReference()
    reference.played(to_pcm(far), 0)
    return Aligner(reference.span)


@pytest.mark.parametrize("delay_ms", [0, 40, 100, 200, 400, 600])
def test_finds_the_delay_of_an_echo(delay_ms: int) -> None:
    far = speechlike(1.6, seed=delay_ms)
    found = found_in(aligner_of(far), line(far, delay_ms=delay_ms))

    assert found
    assert all(abs(delay - 8 * delay_ms) <= 40 for delay in found), found


def test_finds_an_echo_behind_the_callee() -> None:
    far = speechlike(2.0, seed=1)
    found = found_in(aligner_of(far), line(far, near=speechlike(2.0, 2, 1500.0), delay_ms=250))

    assert found and all(abs(delay - 2000) <= 40 for delay in found), found


def test_finds_none_where_there_is_none() -> None:
    far = speechlike(2.0, seed=1)

    assert not found_in(aligner_of(far), line(far, near=speechlike(2.0, 2), erl_db=90.0))
    assert not found_in(aligner_of(far), np.zeros(16000, np.float32))
    assert not found_in(aligner_of(np.zeros(16000, np.float32)), speechlike(2.0, 2))


def test_finds_the_echo_again_after_its_delay_jumped() -> None:
    far = speechlike(3.0, seed=3)
    mic = np.concatenate((line(far, delay_ms=80)[:12000], line(far, delay_ms=330)[12000:]))
    found = found_in(aligner_of(far), mic)

    assert abs(found[0] - 640) <= 40
    assert abs(found[-1] - 2640) <= 40


def hear_moved(finder: ShiftFinder, echo: Signal, moved: int) -> None:
    """The finder hears an echo whose estimate comes by `moved` samples too early."""
    for mic, estimate in zip(to_frames(echo), to_frames(np.roll(echo, -moved)), strict=True):
        near, known = (np.frombuffer(pcm, "<i2") for pcm in (mic, estimate))
        finder.heard(mic, (near - known).astype("<i2").tobytes())


@pytest.mark.parametrize("moved", [-470, -80, -3, 5, 160, 475])
def test_the_shift_of_a_spurt_is_found_to_the_sample(moved: int) -> None:
    finder = ShiftFinder()
    hear_moved(finder, speechlike(0.4, seed=4)[480:2720], moved)
    finder.shift()

    assert finder.shift() == moved


def test_a_shift_is_told_when_two_looks_agree_on_it() -> None:
    finder = ShiftFinder()
    shifts = []
    for moved in (80, 200, 200):
        hear_moved(finder, speechlike(0.4, seed=4)[480:2720], moved)
        shifts.append(finder.shift())

    assert shifts == [None, None, 200]


def test_double_talk_does_not_look_like_a_shift() -> None:
    echo, near = speechlike(3.0, seed=5), speechlike(3.0, seed=6)
    finder = ShiftFinder()
    found = []
    for mic, left in zip(to_frames(echo + near), to_frames(near), strict=True):
        finder.heard(mic, left)
        found.append(finder.shift())

    assert found == [None] * len(found)
