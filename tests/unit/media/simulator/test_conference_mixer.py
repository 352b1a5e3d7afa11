"""Who hears whom in a mixer."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media.audio import g711
from media.simulator.conference.mixer import Mixer
from media.simulator.playout.playback import SILENCE

PARTIES = ("a", "b", "c", "d")


def level_frame(amplitude: int) -> bytes:
    return g711.encode(np.full(160, amplitude, "<i2").tobytes())


def amplitude(frame: bytes) -> int:
    return int(np.frombuffer(g711.decode(frame), "<i2")[80])


VOICES = {party: level_frame(1000 * 2**index) for index, party in enumerate(PARTIES)}
PLAIN = {party: amplitude(frame) for party, frame in VOICES.items()}


def beat(mixer: Mixer, speaking: set[str], order: tuple[str, ...] = PARTIES) -> dict[str, int]:
    """One beat in which these speak; what each heard of it, in this beat or the next."""
    heard = {
        party: amplitude(mixer.said(party, VOICES[party] if party in speaking else SILENCE))
        for party in order
    }
    return {party: heard[party] + amplitude(mixer.said(party, SILENCE)) for party in order}


def near(told: int, expected: int) -> bool:
    """As near as mu-law can write a sum."""
    return abs(told - min(expected, 32124)) <= max(16, expected // 25)


@given(st.permutations(PARTIES), st.sets(st.sampled_from(PARTIES)))
def test_each_hears_the_sum_of_the_others_and_never_himself(order, speaking) -> None:
    mixer = Mixer()
    for party in order:
        mixer.join(party)
    heard = beat(mixer, speaking, tuple(order))
    for party in PARTIES:
        others = [PLAIN[one] for one in speaking if one != party]
        assert abs(heard[party] - sum(others)) <= max(40, sum(others) // 15), party


@given(st.sets(st.sampled_from(PARTIES)), st.sampled_from(PARTIES), st.sampled_from(PARTIES))
def test_muted_held_and_coaching(speaking: set[str], one: str, other: str) -> None:
    mixer = Mixer()
    for party in PARTIES:
        mixer.join(party)
    mixer.muted.add(one)
    mixer.held.add(other)
    heard = beat(mixer, speaking)
    assert heard[other] == amplitude(SILENCE)
    for party in set(PARTIES) - {other}:
        audible = sum(PLAIN[p] for p in speaking - {party, one, other})
        assert abs(heard[party] - audible) <= max(40, audible // 15)


def test_a_coach_is_heard_by_one_only() -> None:
    mixer = Mixer()
    for party in PARTIES:
        mixer.join(party)
    mixer.coaches["a"] = "b"
    heard = beat(mixer, {"a"})
    assert near(heard["b"], PLAIN["a"]) and heard["c"] == heard["d"] == 0


def test_shouting_together_is_held_at_full_scale() -> None:
    mixer = Mixer()
    loud = level_frame(30_000)
    for party in PARTIES:
        mixer.join(party)
    for party in PARTIES:
        mixer.said(party, loud)
    assert amplitude(mixer.said("a", SILENCE)) >= 31_000


def test_who_is_not_there_hears_and_says_nothing() -> None:
    mixer = Mixer()
    mixer.join("a")
    assert mixer.said("b", VOICES["b"]) == SILENCE
    assert mixer.said("a", SILENCE) == SILENCE
    mixer.leave("a")
    assert mixer.said("a", VOICES["a"]) == SILENCE
