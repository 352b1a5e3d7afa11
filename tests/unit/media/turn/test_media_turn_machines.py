"""The turn-taking state machines: end points, barge-in and the pick-up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.turn.answering import Answering, AnsweringConfig, Verdict
from media.turn.bargein import Backchannel, BargeIn, Interruption
from media.turn.endpoint import EndpointConfig, Endpointer, SpeechEnded, SpeechStarted

MS = 8
SPURTS = st.lists(st.tuples(st.booleans(), st.integers(1, 80)), max_size=40)


def frames(*spurts: tuple[bool, int]) -> list[bool]:
    """Pairs of speech or silence and their length in ms."""
    return [speech for speech, ms in spurts for _ in range(ms // 20)]


def endpoints(
    heard: list[bool], config: EndpointConfig | None = None
) -> list[SpeechStarted | SpeechEnded]:
    endpointer = Endpointer(config)
    return [event for event in map(endpointer.feed, heard) if event]


def test_an_utterance_with_its_pre_roll_and_its_hangover() -> None:
    started, ended = endpoints(frames((False, 1000), (True, 800), (False, 1000)))
    assert started == SpeechStarted(at_samples=1000 * MS, pre_roll_samples=800 * MS)
    assert ended == SpeechEnded(at_samples=1800 * MS, decided_samples=2280 * MS)


def test_a_short_yes_is_caught_and_a_click_is_not() -> None:
    events = endpoints(frames((False, 200), (True, 40), (False, 500), (True, 160), (False, 600)))
    assert [type(event) for event in events] == [SpeechStarted, SpeechEnded]
    assert events[0].at_samples == 740 * MS


def test_a_pause_for_breath_does_not_end_the_utterance() -> None:
    assert len(endpoints(frames((True, 500), (False, 400), (True, 500), (False, 500)))) == 2


def test_the_hangover_is_a_setting() -> None:
    quick = EndpointConfig(hangover_ms=200)
    assert len(endpoints(frames((True, 500), (False, 300), (True, 500), (False, 300)), quick)) == 4


def test_what_a_detector_goes_on_calling_speech_is_none() -> None:
    lazy = EndpointConfig(release_ms=60)
    _, ended = endpoints(frames((False, 1000), (True, 860), (False, 1000)), lazy)
    assert ended == SpeechEnded(at_samples=1800 * MS, decided_samples=2280 * MS)


def test_endless_speech_is_cut_and_goes_on() -> None:
    events = endpoints(frames((True, 16_000)))
    assert events[1] == SpeechEnded(15_000 * MS, 15_000 * MS, cut=True)
    assert isinstance(events[2], SpeechStarted)
    assert events[2].pre_roll_samples == 15_000 * MS


@given(SPURTS)
def test_utterances_alternate_are_ordered_and_never_overlap(spurts: list[tuple[bool, int]]) -> None:
    heard = [speech for speech, length in spurts for _ in range(length)]
    events = endpoints(heard)
    previous = 0
    for number, event in enumerate(events):
        if number % 2 == 0:
            assert isinstance(event, SpeechStarted)
            assert previous <= event.pre_roll_samples <= event.at_samples
            assert heard[event.at_samples // 160]
            previous = event.at_samples
        else:
            assert isinstance(event, SpeechEnded)
            assert previous < event.at_samples <= event.decided_samples
            assert event.decided_samples - previous <= 15_000 * MS
            assert heard[event.at_samples // 160 - 1]
            previous = event.at_samples


@given(SPURTS)
def test_long_speech_is_never_missed(spurts: list[tuple[bool, int]]) -> None:
    heard = [speech for speech, length in spurts for _ in range(length)]
    endpointer = Endpointer()
    run = 0
    for speech in heard:
        cut = isinstance(event := endpointer.feed(speech), SpeechEnded) and event.cut
        run = 0 if cut or not speech else run + 1
        assert endpointer.speaking or run < 3


def interruptions(agent: list[bool], callee: list[bool]) -> list[Interruption | Backchannel]:
    machine = BargeIn()
    events = (
        machine.feed(callee=speech, agent=talking)
        for talking, speech in zip(agent, callee, strict=True)
    )
    return [event for event in events if event]


def test_lasting_speech_interrupts_once() -> None:
    agent = frames((True, 4000))
    assert interruptions(agent, frames((False, 1000), (True, 3000))) == [
        Interruption(started_samples=1000 * MS, decided_samples=1240 * MS)
    ]


def test_a_murmur_is_a_backchannel() -> None:
    agent = frames((True, 3000))
    assert interruptions(agent, frames((False, 1000), (True, 200), (False, 1800))) == [
        Backchannel(started_samples=1000 * MS, ended_samples=1200 * MS)
    ]


def test_speech_in_the_first_200_ms_does_not_count() -> None:
    agent = frames((True, 1000))
    assert interruptions(agent, frames((True, 420), (False, 580))) == [
        Backchannel(started_samples=200 * MS, ended_samples=420 * MS)
    ]


def test_a_silent_agent_cannot_be_interrupted() -> None:
    assert interruptions(frames((False, 2000)), frames((True, 2000))) == []


def test_the_next_stretch_can_be_interrupted_again() -> None:
    agent = frames((True, 1000), (False, 20), (True, 1000))
    events = interruptions(agent, frames((True, 2020)))
    assert [type(event) for event in events] == [Interruption, Interruption]


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 40)), max_size=40))
def test_every_interruption_has_240_ms_of_speech_over_the_agent(
    spurts: list[tuple[bool, bool, int]],
) -> None:
    rows = [(agent, callee) for agent, callee, length in spurts for _ in range(length)]
    machine = BargeIn()
    for number, (agent, callee) in enumerate(rows, start=1):
        event = machine.feed(callee=callee, agent=agent)
        if event is None:
            continue
        inside = rows[event.started_samples // 160 : number]
        assert all(talking for talking, _ in inside)
        assert (sum(speech for _, speech in inside) >= 12) == isinstance(event, Interruption)


def verdicts(answering: Answering, heard: list[bool], *, beep: bool = False) -> list[Verdict]:
    found = (answering.feed(speech=speech and not beep, beep=beep and speech) for speech in heard)
    return [verdict for verdict in found if verdict]


def test_a_person_says_hello_and_waits() -> None:
    answering = Answering()
    assert verdicts(answering, frames((False, 400), (True, 500))) == []
    assert verdicts(answering, frames((False, 620))) == []
    assert verdicts(answering, frames((False, 20))) == [Verdict.HUMAN]


def test_a_silent_pick_up() -> None:
    answering = Answering()
    assert verdicts(answering, frames((False, 1180))) == []
    assert verdicts(answering, frames((False, 20))) == [Verdict.SILENCE]


def test_a_long_greeting_and_its_beep() -> None:
    answering = Answering()
    assert verdicts(answering, frames((True, 6000))) == [Verdict.MACHINE]
    assert verdicts(answering, frames((False, 800))) == []
    assert verdicts(answering, frames((True, 400)), beep=True) == []
    assert verdicts(answering, frames((False, 1000))) == [Verdict.MESSAGE_NOW]


def test_a_greeting_without_a_beep_ends_by_silence() -> None:
    answering = Answering()
    verdicts(answering, frames((True, 6000)))
    assert verdicts(answering, frames((False, 2380))) == []
    assert verdicts(answering, frames((False, 20))) == [Verdict.MESSAGE_NOW]


def test_a_machine_that_paused_is_still_found_by_its_words() -> None:
    answering = Answering()
    assert verdicts(answering, frames((True, 1000), (False, 700), (True, 500))) == [Verdict.HUMAN]
    assert answering.words("hi this is bob") is None
    assert answering.words("hi this is bob please leave a message") is Verdict.MACHINE
    assert answering.words("please leave a message") is None


def test_a_beep_alone_is_a_machine() -> None:
    answering = Answering()
    assert verdicts(answering, frames((True, 400)), beep=True) == [Verdict.MACHINE]


def test_after_the_revision_time_words_and_beeps_change_nothing() -> None:
    answering = Answering(AnsweringConfig(revise_ms=5000))
    assert verdicts(answering, frames((True, 400), (False, 5000))) == [Verdict.HUMAN]
    assert answering.words("leave a message after the tone") is None
    assert verdicts(answering, frames((True, 400)), beep=True) == []


@pytest.mark.parametrize(
    "words",
    [
        "please leave a message after the tone",
        "you've reached the smith family",
        "the person you are calling is not available",
        "at the tone please record your message",
        "your call has been forwarded to an automated voice mail system",
        "sorry i can't come to the phone right now",
        "please leave your name and number",
    ],
)
def test_words_of_greetings(words: str) -> None:
    assert Answering().words(words) is Verdict.MACHINE


@pytest.mark.parametrize(
    "words", ["hello who is this", "yes this is karen", "i can't talk right now", "speaking"]
)
def test_words_of_people(words: str) -> None:
    assert Answering().words(words) is None


@given(st.lists(st.tuples(st.sampled_from(["speech", "beep", "silence"]), st.integers(1, 100))))
def test_verdicts_come_in_order_and_a_machine_gets_its_message(
    spurts: list[tuple[str, int]],
) -> None:
    answering = Answering()
    found: list[Verdict] = []
    for sound, length in spurts:
        for _ in range(length):
            verdict = answering.feed(speech=sound == "speech", beep=sound == "beep")
            found += [verdict] if verdict else []
    for _ in range(200):
        verdict = answering.feed(speech=False, beep=False)
        found += [verdict] if verdict else []
    talk = [verdict for verdict in found if verdict in (Verdict.HUMAN, Verdict.SILENCE)]
    assert len(found) == len(set(found))
    assert found[0] in (Verdict.HUMAN, Verdict.SILENCE, Verdict.MACHINE)
    assert found[len(talk) :] in ([], [Verdict.MACHINE, Verdict.MESSAGE_NOW])
