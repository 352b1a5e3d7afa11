"""A callee who reacts to words and keys, murmurs, and hangs up at a time; frames in, frames out."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.simulator.people import speech
from media.simulator.people.callee import Callee
from media.simulator.people.keypad import Keypad
from media.simulator.people.reactions import Answer
from media.simulator.people.script import (
    Backchannel,
    HangUp,
    Person,
    Pickup,
    Reaction,
    Speak,
    Step,
    When,
)
from media.simulator.people.speech import tone, touch_tone, utterance
from media.simulator.playout.playback import FRAME, SILENCE

LOUD = tone(20)
KEYS = "0123456789*#ABCD"


@dataclass(frozen=True)
class Text:
    text: str


class Recogniser:
    """Understands what the test says it does; late when it is told to."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[tuple[bytes, Sequence[str]]] = []
        self.waiting: list[Future[Text]] = []
        self.late = False

    def __call__(self, sound: bytes, phrases: Sequence[str]) -> Answer:
        self.asked.append((sound, phrases))
        answer: Future[Text] = Future()
        if self.late:
            self.waiting.append(answer)
        else:
            answer.set_result(Text(self.texts.pop(0)))
        return answer


def speak(name: str, when: When = When.AGENT_STOPS, after_ms: int = 900) -> Step:
    return Step(when, Speak(utterance(name, tone(300))), after_ms)


def reaction(*hears: str, says: str, **more: object) -> Reaction:
    return Reaction((speak(says),), hears=hears, **more)


def callee(recogniser: Recogniser, *reactions: Reaction, **more: object) -> Callee:
    usual = {"default": speak("default"), "reactions": reactions}
    return Callee(Person("+1", pickup=Pickup.ANSWER, **usual | more), recogniser)


def run(who: Callee, *parts: tuple[int, bool]) -> None:
    """(ms, loud) parts."""
    for duration_ms, loud in parts:
        for _ in range(duration_ms // 20):
            who.step(LOUD if loud else SILENCE)


def hear(who: Callee, sound: bytes) -> None:
    for at in range(0, len(sound), FRAME):
        who.step(sound[at : at + FRAME])


def said(who: Callee) -> list[str]:
    return [one.name for one in who.diary.said]


def sentence(who: Callee, duration_ms: int = 600) -> None:
    """The agent says a sentence and listens to the answer."""
    run(who, (duration_ms, True), (1600, False))


# ---- words


def test_words_choose_the_answer_and_the_script_waits() -> None:
    recogniser = Recogniser("what is your price", "tell me more", "hello")
    who = callee(recogniser, reaction("price", says="money"), steps=(speak("script"),))
    for _ in range(3):
        sentence(who)
    assert said(who) == ["money", "script", "default"]
    assert who.diary.understood == ["what is your price", "tell me more", "hello"]


def test_the_answer_comes_at_the_reaction_time() -> None:
    who = callee(Recogniser("price"), reaction("price", says="money"))
    sentence(who)
    assert who.diary.said[0].started == (600 + 900) * 8


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("the price", True),
        ("THE PRICE, please", True),
        ("enterprise pricey", False),
        ("", False),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, fits: bool) -> None:
    who = callee(Recogniser(text), reaction("price", says="money"))
    sentence(who)
    assert said(who) == (["money"] if fits else ["default"])


def test_priority_wins_then_the_order_of_the_file() -> None:
    who = callee(
        Recogniser("price of a house", "a house"),
        reaction("house", says="first"),
        reaction("house", says="second"),
        reaction("price", says="urgent", priority=1),
    )
    sentence(who)
    sentence(who)
    assert said(who) == ["urgent", "first"]


def test_once_and_flags() -> None:
    who = callee(
        Recogniser(*["robot"] * 4),
        reaction("robot", says="asks", once=True, sets=frozenset({"asked"})),
        reaction(
            "robot",
            says="insists",
            only_if=frozenset({"asked"}),
            sets=frozenset({"told"}),
            unless=frozenset({"told"}),
        ),
        reaction("robot", says="forgets", only_if=frozenset({"told"}), clears=frozenset({"told"})),
    )
    for _ in range(4):
        sentence(who)
    assert said(who) == ["asks", "insists", "forgets", "insists"]


def test_a_sentence_with_a_pause_in_it_is_one_sentence() -> None:
    recogniser = Recogniser("would you like", "to sell")
    who = callee(recogniser, reaction("like to sell", says="yes"))
    run(who, (600, True), (760, False), (600, True), (1600, False))
    assert said(who) == ["yes"]


def test_nothing_is_answered_before_it_was_understood() -> None:
    recogniser = Recogniser()
    recogniser.late = True
    who = callee(recogniser, reaction("price", says="money"))
    run(who, (600, True), (3000, False))
    assert said(who) == []
    recogniser.waiting[0].set_result(Text("price"))
    run(who, (40, False))
    assert said(who) == ["money"]


def test_who_does_not_react_to_words_asks_nobody() -> None:
    recogniser = Recogniser()
    who = callee(recogniser)
    sentence(who)
    assert said(who) == ["default"] and recogniser.asked == []


def test_the_recogniser_gets_the_whole_spurt_and_every_phrase() -> None:
    recogniser = Recogniser("x", "x")
    who = callee(recogniser, reaction("a", "b", says="1"), reaction("b", "c", says="2"))
    sentence(who)
    sentence(who, 400)
    (first, phrases), (second, _) = recogniser.asked
    assert phrases == ("a", "b", "c")
    assert first.count(LOUD) == 30 and second.count(LOUD) == 20
    assert first.startswith(LOUD) and second.startswith(SILENCE * 10)


def test_a_new_script_takes_the_place_of_the_old_one() -> None:
    new = Reaction((speak("new"), Step(When.NOW, HangUp())), hears=("stop",), replaces=True)
    who = callee(Recogniser("stop"), new, steps=(speak("old"), speak("older")))
    sentence(who)
    assert said(who) == ["new"] and who.diary.hung_up


def test_only_a_flag_lets_the_script_go_on() -> None:
    only = Reaction((), hears=("price",), sets=frozenset({"asked"}))
    who = callee(Recogniser("price", "price"), only, steps=(speak("script"),))
    sentence(who)
    assert said(who) == ["script"]


# ---- keys


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_heard_once(key: str) -> None:
    keypad = Keypad()
    sound = SILENCE * 3 + touch_tone(key) + touch_tone(key) + SILENCE
    assert "".join(keypad.hear(sound[at : at + FRAME]) for at in range(0, len(sound), FRAME)) == (
        key * 2
    )


@settings(max_examples=50, deadline=None)
@given(st.text(KEYS, max_size=6), st.integers(0, 159))
def test_keys_are_heard_in_order_wherever_the_frames_begin(keys: str, offset: int) -> None:
    keypad = Keypad()
    sound = b"\xff" * (160 + offset) + b"".join(map(touch_tone, keys)) + SILENCE
    whole = sound[: len(sound) // FRAME * FRAME]
    heard = [keypad.hear(whole[at : at + FRAME]) for at in range(0, len(whole), FRAME)]
    assert "".join(heard) == keys


def test_speech_presses_no_keys() -> None:
    for path in Path(str(speech.recordings()["slt-yes"])).parent.rglob("*.ul"):
        keypad, sound = Keypad(), path.read_bytes()
        whole = range(0, len(sound) // FRAME * FRAME, FRAME)
        assert not any(keypad.hear(sound[at : at + FRAME]) for at in whole), path.name


def test_a_key_cuts_the_callee_off() -> None:
    at_key = Reaction((speak("menu", When.NOW, 0),), keys=("1",), replaces=True)
    long = Step(When.NOW, Speak(utterance("long", tone(5000))), 0)
    who = callee(Recogniser(), at_key, steps=(long,), default=None)
    run(who, (1000, False))
    hear(who, touch_tone("1"))
    first, second = who.diary.said
    assert (first.name, second.name) == ("long", "menu")
    assert first.ended <= second.started <= 1100 * 8


def test_several_keys_may_be_one_word() -> None:
    pin = Reaction((speak("right", When.NOW, 0),), keys=("12#",))
    who = callee(Recogniser(), pin, default=None)
    hear(who, b"".join(map(touch_tone, "112")))
    assert said(who) == []
    hear(who, touch_tone("#"))
    assert said(who) == ["right"]


# ---- listening and leaving


def test_a_listener_murmurs_in_turn_and_starts_anew_with_each_sentence() -> None:
    sounds = (utterance("mm", tone(100)), utterance("right", tone(100)))
    who = callee(Recogniser(), backchannel=Backchannel(sounds, 1000, 500), default=None)
    run(who, (2300, True), (1500, False), (1200, True))
    assert said(who) == ["mm", "right", "mm", "right"]
    starts = [one.started // 8 for one in who.diary.said]
    assert starts == pytest.approx([1000, 1500, 2000, 2300 + 1500 + 1000], abs=20)
    assert all(one.aside for one in who.diary.said)


def test_a_murmur_is_neither_answer_nor_interruption() -> None:
    sounds = (utterance("mm", tone(100)),)
    who = callee(Recogniser(), backchannel=Backchannel(sounds, 400, 5000))
    run(who, (1000, True), (1600, False))
    assert said(who) == ["mm", "default"]
    assert who.stopwatch.yield_ms == [] and who.diary.said[1].started == 1900 * 8


def test_hangs_up_at_a_time_in_the_middle_of_its_own_words() -> None:
    long = Step(When.NOW, Speak(utterance("long", tone(5000))), 0)
    who = callee(Recogniser(), steps=(long,), hang_up_after_ms=1500)
    frames = [who.step(LOUD) for _ in range(76)]
    assert [one.hung_up for one in frames] == [False] * 75 + [True]


def test_patience_is_counted_from_the_callees_own_words() -> None:
    long = Step(When.NOW, Speak(utterance("long", tone(5000))), 0)
    who = callee(Recogniser(), steps=(long,), patience_s=2.0, default=None)
    run(who, (6900, False))
    assert not who.diary.hung_up
    run(who, (120, False))
    assert who.diary.hung_up
