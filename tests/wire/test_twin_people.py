"""The far end hears and says what the scenario says: everybody who ships, over the real wire."""

from random import Random

import pytest
import yaml
from people_called import (
    FRAME,
    MACHINES,
    MS,
    OTHER_MANNERS,
    PEOPLE,
    RAW,
    SCENARIOS,
    SCRIPTED,
    TALKING,
    Follower,
    called,
    having,
    line_of,
    named,
    sounds_of,
    words,
)
from people_stage import Plan, Seen, call_everybody

from media.simulator import hearing
from media.simulator.people import scenario, speech
from media.simulator.playout.playback import SILENCE


@pytest.fixture(scope="module")
def calls() -> dict[str, Seen]:
    return called()


# ---- the sound


@named([number for number in TALKING if not {"echo_loss_db", "network"} & RAW[number].keys()])
def test_every_sample_arrives_and_nothing_else(number: str, calls: dict[str, Seen]) -> None:
    seen, person = calls[number], PEOPLE[number]
    assert seen.call.line is not None
    line = dict(line_of(seen, person))
    lead = seen.call.line.callee.now_ms // 20 - len(seen.frames)
    if line:
        first = seen.sound.index(b"".join(line[at] for at in sorted(line)[:10]))
        lead = min(line) - first // FRAME
    assert 0 <= lead <= 15
    begins = {said.started // FRAME for said in words(seen)}
    noise, noise_from = person.noise or (SILENCE,), 0
    for at in range(lead):
        noise_from = at if at in begins else noise_from
    for at, frame in enumerate(seen.frames[:-1], start=lead):
        noise_from = at if at in begins else noise_from
        assert frame == line.get(at, noise[(at - noise_from) % len(noise)]), at
    assert len(seen.frames) > 50


@named([n for n in SCRIPTED if not any(key in RAW[n] for key in OTHER_MANNERS)])
def test_a_plain_line_carries_the_recordings_byte_for_byte(number: str) -> None:
    sounds = sounds_of(PEOPLE[number])
    for step in RAW[number].get("script", []):
        for verb in ("greet", "say", "reply", "interrupt"):
            if isinstance(step.get(verb), str):
                recording = speech.recorded(step[verb])
                played = b"".join(sounds[step[verb]])
                assert recording.startswith(played.rstrip(b"\xff"))
                assert len(recording) - len(played) < 0.2 * 8000


@named(SCRIPTED)
def test_the_script_is_said_in_its_order_and_times(number: str, calls: dict[str, Seen]) -> None:
    follower = Follower(number, calls[number])
    script = follower.raw.get("script", [])
    taken = follower.follow(script)
    assert taken == len(script) or len(calls[number].frames) >= Plan.frames or taken >= 5
    if taken == len(script):
        for _ in range(len(follower.said)):
            assert follower.follow([{"reply": follower.raw["default"]}]) == 1


@named([number for number in TALKING if "hang_up_after_ms" in RAW[number]])
def test_who_hangs_up_at_a_time_does_so(number: str, calls: dict[str, Seen]) -> None:
    line = calls[number].call.line
    assert line is not None and line.callee.diary.hung_up
    assert 0 <= line.callee.now_ms - RAW[number]["hang_up_after_ms"] <= 40


@named(having("backchannel"))
def test_a_listener_murmurs_while_the_agent_talks(number: str, calls: dict[str, Seen]) -> None:
    line = calls[number].call.line
    assert line is not None
    asides = [one for one in words(calls[number]) if one.aside]
    assert [one.name for one in asides[:3]] == RAW[number]["backchannel"]["say"]
    for aside in asides:
        spurt = next(one for one in line.callee.heard() if one.started < aside.started < one.ended)
        assert aside.started - spurt.started >= RAW[number]["backchannel"]["after_ms"] * MS
    assert line.callee.stopwatch.yield_ms == []


# ---- who reacts to words


def said_after_each(seen: Seen) -> list[tuple[str, list[str]]]:
    """(words of the agent, what the callee said before the next of them)."""
    assert seen.call.line is not None
    callee = seen.call.line.callee
    heard = callee.diary.heard
    ends = [*(spurt.ended for spurt in heard[1:]), 10**9]
    return [
        (text, [one.name for one in callee.diary.said if spurt.ended < one.started < end])
        for text, spurt, end in zip(callee.diary.understood, heard, ends, strict=False)
    ]


def test_questions_are_answered_in_whatever_order(calls: dict[str, Seen]) -> None:
    (number,) = (n for n in TALKING if RAW[n].get("name") == "Helen Brooks")
    answers = [(one["hears"], one["reply"]) for one in RAW[number]["reactions"]]
    turns = said_after_each(calls[number])
    assert len(turns) >= 3
    for text, said in turns[:-1]:
        assert said == [next(reply for hears, reply in answers if text in hears)]


def test_she_changes_her_mind_for_good(calls: dict[str, Seen]) -> None:
    (number,) = (n for n in TALKING if RAW[n].get("name") == "Laura Page")
    turns = said_after_each(calls[number])
    assert turns[0] == ("price in mind", ["slt-changed-mind"])
    line = calls[number].call.line
    assert line is not None and line.callee.diary.hung_up
    assert words(calls[number])[-1].name == "slt-bye"


def test_a_flag_makes_the_second_answer_another_one(calls: dict[str, Seen]) -> None:
    (number,) = (n for n in TALKING if RAW[n].get("name") == "Ruth Mason")
    turns = said_after_each(calls[number])
    first, *later = turns
    assert first == ("not a person", ["slt-human"])
    assert ("can't transfer", ["slt-who"]) in later, "the script goes on where no reaction fits"
    assert ("call you back", ["slt-bye"]) in later


# ---- the file as a whole


def test_forty_callees_ship_and_cover_what_can_happen() -> None:
    shipped = yaml.safe_load((SCENARIOS / "people.yaml").read_text(encoding="utf-8"))["callees"]
    assert len(shipped) >= 40
    everything = [key for raw in shipped.values() for key in raw]
    assert {*MACHINES, "reactions", "backchannel", "hang_up_after_ms"} <= set(everything)
    assert {*OTHER_MANNERS, "echo_loss_db", "double_talk_loss_db"} <= set(everything)
    assert {raw.get("pickup", "answer") for raw in shipped.values()} == {
        "answer",
        "busy",
        "no_answer",
        "failed",
        "reject",
    }


def test_the_same_seed_makes_the_same_bytes_whoever_asks() -> None:
    path = SCENARIOS / "people.yaml"
    assert scenario.load(path, Random(2)).people == scenario.load(path, Random(3)).people


def test_words_are_really_understood() -> None:
    """The shipped recogniser hears shipped recordings, as another callee's agent says them."""
    text = """
callees:
  "+12125550101":
    script: [greet: slt-hello]
    reactions:
      - {hears: [stop calling, take me off], reply: slt-okay}
      - {hears: [five hundred thousand], reply: slt-sure}
    default: slt-yes
"""
    sentences = tuple(map(speech.recorded, ("rms-half-million", "slt-stop-calling", "awb-fine")))
    people = scenario.parse(text, Random(1))
    plans = {"+12125550101": Plan(3, sentences=sentences)}
    seen = call_everybody(people, plans, hearing.understand)["+12125550101"]
    assert [one.name for one in words(seen)] == ["slt-hello", "slt-okay", "slt-yes", "slt-sure"]
