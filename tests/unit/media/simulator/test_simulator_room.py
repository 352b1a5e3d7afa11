"""What a speakerphone sends back."""

from random import Random

import numpy as np
import pytest

from media.audio import g711
from media.audio.level import rms_dbfs
from media.simulator.people.room import Room

SILENCE = bytes([g711.SILENCE]) * 160


def sound(frames: int) -> list[bytes]:
    noise = np.random.default_rng(1).normal(0, 3000, 160 * frames).astype("<i2")
    return [g711.encode(noise[at : at + 160].tobytes()) for at in range(0, len(noise), 160)]


@pytest.mark.parametrize("loss_db", [6.0, 20.0])
def test_the_echo_is_as_much_quieter_and_later_as_was_asked_for(loss_db: float) -> None:
    room = Room(loss_db, 40.0, Random(1))
    played = sound(50)
    back = [g711.decode(room.beat(frame, SILENCE)) for frame in played]
    assert not any(b"".join(back[:2]))
    loss = rms_dbfs(g711.decode(b"".join(played))) - rms_dbfs(b"".join(back[10:]))
    assert loss == pytest.approx(loss_db, abs=1.5)


def test_what_the_callee_says_is_heard_over_the_echo_and_alone() -> None:
    room = Room(6.0, 0.0, Random(1))
    said = sound(3)
    assert room.beat(SILENCE, said[0]) == said[0]
    assert room.beat(said[1], said[0]) != said[0]
    for _ in range(4):
        room.beat(SILENCE, SILENCE)
    assert room.beat(SILENCE, said[2]) == said[2]
