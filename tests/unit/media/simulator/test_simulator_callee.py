"""A callee in virtual time: frames in, frames out, no sockets and no clock."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from media.simulator.people.callee import Callee
from media.simulator.people.script import HangUp, Person, Pickup, Press, Speak, Step, When
from media.simulator.people.speech import tone, utterance
from media.simulator.playout.playback import FRAME, SILENCE

LOUD = tone(20)
WORD = utterance("word", tone(400))
OTHER = utterance("other", tone(300))


def person(*steps, default=None, **manners):
    return Person("+12125550123", pickup=Pickup.ANSWER, steps=steps, default=default, **manners)


def reply(what=WORD, after_ms=900, count=1):
    return Step(When.AGENT_STOPS, Speak(what), after_ms, count)


def run(callee, *parts):
    """Play (ms, loud) parts; returns what was said as a list of `Said`."""
    frames = (
        LOUD if loud else SILENCE for duration_ms, loud in parts for _ in range(duration_ms // 20)
    )
    return [callee.step(frame) for frame in frames]


def names(callee):
    return [words.name for words in callee.diary.said]


def test_greets_after_the_pickup_and_answers_after_each_spurt():
    callee = Callee(person(Step(When.NOW, Speak(OTHER), 500), reply(), default=reply(OTHER, 900)))
    run(callee, (1000, False), (2000, True), (1500, False), (1500, True), (1500, False))
    assert names(callee) == ["other", "word", "other"]
    greeting, first, _ = callee.diary.said
    assert greeting.started == 500 * 8
    assert first.started == (3000 + 900) * 8


def test_does_not_answer_into_a_pause_shorter_than_the_reaction():
    callee = Callee(person(reply()))
    run(callee, (500, True), (800, False), (500, True), (860, False))
    assert names(callee) == []
    run(callee, (100, False))
    assert names(callee) == ["word"]


def test_waits_for_the_second_spurt_when_told_so():
    callee = Callee(person(reply(count=2)))
    run(callee, (500, True), (1200, False))
    assert names(callee) == []
    run(callee, (500, True), (1200, False))
    assert names(callee) == ["word"]


def test_the_tail_of_a_sentence_that_was_talked_over_is_not_answered():
    callee = Callee(person(Step(When.AGENT_STARTS, Speak(OTHER), 600), reply()))
    run(callee, (1000, True), (3000, False))
    assert names(callee) == ["other"]
    assert callee.stopwatch.yield_ms and callee.stopwatch.yield_ms[0] < 450
    assert callee.stopwatch.voice_to_voice_ms == []


def test_hangs_up_in_the_middle_of_the_second_sentence():
    callee = Callee(person(Step(When.AGENT_STARTS, HangUp(), 1000, 2)))
    said = run(callee, (2000, True), (1000, False), (2000, True))
    at = next(i for i, one in enumerate(said) if one.hung_up)
    assert 3000 + 1000 <= at * 20 <= 3000 + 1060
    assert callee.diary.hung_up


def test_a_running_sentence_counts_as_the_next_one():
    callee = Callee(
        person(Step(When.NOW, Speak(OTHER), 200), Step(When.AGENT_STARTS, HangUp(), 400))
    )
    said = run(callee, (3000, True))
    at = next(i for i, one in enumerate(said) if one.hung_up)
    assert 900 <= at * 20 <= 960


def test_voice_to_voice_is_from_the_last_sample_to_the_first_loud_one():
    callee = Callee(person(reply(), default=None))
    run(callee, (1000, True), (900, False), (400, False), (660, False))
    late = SILENCE[:80] + LOUD[:80]
    callee.step(late)
    run(callee, (500, True))
    said = callee.diary.said[0]
    expected = ((1000 + 900 + 400 + 660) * 8 + 80 - said.ended) / 8
    assert abs(callee.stopwatch.voice_to_voice_ms[0] - expected) <= 1


def test_presses_keys_and_loses_patience():
    callee = Callee(person(Step(When.NOW, Press("12")), patience_s=2.0))
    said = run(callee, (2400, False))
    assert said[0].digits == "12"
    assert said[-1].hung_up and callee.diary.pressed == "12"


def test_background_noise_fills_the_pauses():
    noise = (bytes([0x70]) * FRAME, bytes([0xF0]) * FRAME)
    callee = Callee(person(noise=noise))
    assert [one.frame for one in run(callee, (60, False))] == [noise[0], noise[1], noise[0]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=20))
def test_speaks_whole_utterances_in_order_one_at_a_time(parts):
    steps = (Step(When.NOW, Speak(OTHER), 100), reply(), reply(OTHER, 700, 2))
    callee = Callee(person(*steps, default=reply()))
    said = run(callee, *((20 * n, loud) for n, loud in parts))
    words = callee.diary.said
    assert all(a.ended <= b.started for a, b in pairwise(words))
    assert [w.name for w in words[:3]] == ["other", "word", "other"][: len(words)]
    spoken = sum(one.frame != SILENCE for one in said)
    whole = sum(-(-(w.ended - w.started) // FRAME) for w in words)
    assert spoken <= whole and spoken >= whole - 20
    assert all(ms >= 0 for ms in callee.stopwatch.voice_to_voice_ms)
