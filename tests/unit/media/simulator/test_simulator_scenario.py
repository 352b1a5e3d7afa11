"""Scenario files: what they may say, and how their mistakes are told."""

from pathlib import Path
from random import Random

import phonenumbers
import pytest

import media.simulator
from media.simulator.people.marked_yaml import ScenarioError
from media.simulator.people.scenario import load, parse
from media.simulator.people.script import HangUp, Pickup, Speak, When

DEMO = Path(media.simulator.__file__).parent / "scenarios" / "demo.yaml"


def read(text):
    return parse(text, Random(1))


def test_the_demo_has_everybody_it_promises():
    people = load(DEMO, Random(1)).people
    behaviours = [person.behaviour for person in people.values()]
    assert len(people) == 19
    counts = {name: behaviours.count(name) for name in set(behaviours)}
    assert counts["books"] == 6 and counts["voicemail"] == 2 and counts["stop calling"] == 2
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(n)) for n in people)


def test_steps_are_read_in_order_with_their_triggers():
    person = read("""
callees:
  "+12125550123":
    reaction_ms: 1000
    script:
      - greet: slt-hello
      - reply: {text: "one two"}
        spurts: 2
      - hang_up: 1500
        utterance: 3
    default: slt-yes
""").person("+12125550123")
    greet, reply, hang_up = person.steps
    assert (greet.when, greet.after_ms) == (When.NOW, 500)
    assert (reply.when, reply.after_ms, reply.count) == (When.AGENT_STOPS, 1000, 2)
    assert isinstance(hang_up.action, HangUp) and (hang_up.after_ms, hang_up.count) == (1500, 3)
    assert isinstance(person.default.action, Speak)


def test_unknown_numbers_ring_out_unless_told_otherwise():
    assert read("callees: {}").person("+12125550123").pickup is Pickup.NO_ANSWER
    assert read("unknown: {pickup: busy}").person("+12125550123").pickup is Pickup.BUSY


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("calees: {}", 1, "calees"),
        ('callees:\n  "+12125550123":\n    rings: 3', 3, "+12125550123.rings"),
        ('callees:\n  "+12125550123":\n    ring_s: soon', 3, "ring_s"),
        ('callees:\n  "+12125550123":\n    pickup: maybe', 3, "pickup"),
        ('callees:\n  "+12125550123":\n    script:\n      - greet: nobody', 4, "greet"),
        ('callees:\n  "+12125550123":\n    script:\n      - after_ms: 3', 4, "script[1]"),
        ('callees:\n  "+12125550123":\n    script:\n      - press: "x"', 4, "press"),
        ("callees:\n  2125550123: {}", 2, "2125550123"),
        ("callees: [", 1, ""),
        ("", 1, ""),
    ],
)
def test_a_mistake_names_line_and_key(text, line, key):
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert caught.value.line == line
    assert caught.value.key.endswith(key)
    assert f"line {line}" in str(caught.value)


def test_noise_is_the_same_for_the_same_seed():
    text = 'callees:\n  "+12125550123":\n    noise_dbfs: -50\n'
    assert read(text).people == read(text).people
    assert len(read(text).person("+12125550123").noise) == 100
