"""Machines, networks and telephones that nobody answers, of the callees who ship."""

from itertools import pairwise

import pytest
from people_called import (
    FRAME,
    MS,
    PEOPLE,
    RAW,
    TALKING,
    called,
    having,
    line_of,
    named,
    sounds_of,
    words,
)
from people_stage import Plan, Seen, call_everybody

from media.audio import g711
from media.audio.tone import tone_hz
from media.simulator.people import scenario
from media.simulator.people.script import Person
from media.simulator.playout.playback import SILENCE


@pytest.fixture(scope="module")
def calls() -> dict[str, Seen]:
    return called()


# ---- machines


@named(having("voicemail"))
def test_voicemail_greets_beeps_and_gives_up(number: str, calls: dict[str, Seen]) -> None:
    machine, said = RAW[number]["voicemail"], words(calls[number])
    line = calls[number].call.line
    assert line is not None and line.callee.diary.hung_up
    assert said[0].name == machine["greeting"]
    assert 0 <= said[0].started - machine.get("after_ms", 700) * MS <= 20 * MS
    free = said[0].ended
    if "full" in machine:
        assert [one.name for one in said[1:]] == [machine["full"]]
        assert line.callee.now_ms - said[1].ended // MS <= 340
        return
    if machine.get("beep_ms", 400):
        beep, pause = said[1], machine.get("pause_ms", 500)
        assert beep.ended - beep.started == pytest.approx(machine.get("beep_ms", 400) * MS, abs=16)
        assert 0 <= beep.started - (free // FRAME * FRAME + pause * MS) <= 20 * MS
        frame = sounds_of(PEOPLE[number])["beep"][5]
        assert tone_hz(g711.decode(frame)) == pytest.approx(machine.get("beep_hz", 1000), abs=10)
        free = beep.ended
    assert len(said) == 1 + bool(machine.get("beep_ms", 400))
    assert abs(line.callee.now_ms - free / MS - RAW[number]["patience_s"] * 1000) <= 40


@named(having("screening"))
def test_a_screened_call_is_asked_held_and_decided(number: str, calls: dict[str, Seen]) -> None:
    machine, said = RAW[number]["screening"], words(calls[number])
    names = [one.name for one in said]
    assert names[:2] == [machine["prompt"], machine["thanks"]]
    held = (said[2].started - said[1].ended) / MS
    line = calls[number].call.line
    assert line is not None
    if machine.get("then") == "decline":
        assert names[2:] == [machine["declined"]] and line.callee.diary.hung_up
        assert held >= machine["hold_ms"] - 40
    else:
        assert names[2] == RAW[number]["script"][0]["greet"]
        assert abs(held - machine["hold_ms"] - 500) <= 40


@named(having("ivr"))
def test_a_menu_obeys_the_keys_that_the_agent_sends(number: str, calls: dict[str, Seen]) -> None:
    machine, said = RAW[number]["ivr"], words(calls[number])
    assert [one.name for one in said[:4]] == [
        machine["menu"],
        machine["wrong"],
        machine["menu"],
        machine["menu"],
    ]
    assert said[0].ended < 6000 * MS, "a key cuts the menu off"
    assert said[4].name == RAW[number]["script"][0]["greet"]


def test_a_menu_without_a_key_says_goodbye() -> None:
    (number,) = having("ivr")
    seen = call_everybody(
        scenario.Scenario({number: PEOPLE[number]}, Person("unknown")), {number: Plan(0)}
    )[number]
    machine, said = RAW[number]["ivr"], words(seen)
    assert [one.name for one in said] == [*[machine["menu"]] * 2, machine["goodbye"]]
    assert said[1].started - said[0].ended == pytest.approx(machine["wait_ms"] * MS, abs=20 * MS)


@named(having("fax"))
def test_a_fax_makes_its_tone(number: str, calls: dict[str, Seen]) -> None:
    kind = RAW[number]["fax"]
    said = words(calls[number])
    assert {one.name for one in said} == {kind}
    frame = sounds_of(PEOPLE[number])[kind][10]
    assert tone_hz(g711.decode(frame)) == pytest.approx({"ced": 2100, "cng": 1100}[kind], abs=10)
    lengths = {round((one.ended - one.started) / MS, -1) for one in said}
    assert lengths == ({3000} if kind == "ced" else {500})
    gaps = {(b.started - a.ended) // MS // 100 for a, b in pairwise(said)}
    assert gaps <= {30}


@named([number for number in having("network") if "stalls" in RAW[number]["network"]])
def test_a_network_holds_frames_back_and_loses_some(number: str, calls: dict[str, Seen]) -> None:
    seen, network = calls[number], RAW[number]["network"]
    least, most = network["stalls"]["ms"]
    gaps_ms = [1000 * (b - a) for a, b in pairwise(seen.arrived_s)]
    stalls = [gap for gap in gaps_ms if gap > network["jitter_ms"] + 45]
    assert stalls and all(least - 25 <= gap <= most + 60 for gap in stalls)
    line, at = dict(line_of(seen, PEOPLE[number])), -1
    for frame in (frame for frame in seen.frames if frame != SILENCE):
        at = next(later for later in sorted(line) if later > at and line[later] == frame)
    came = len([frame for frame in seen.frames if frame != SILENCE])
    said = len([frame for frame in line.values() if frame != SILENCE])
    assert 0.9 * said < came < said


@named([number for number in having("network") if "reset_after_ms" in RAW[number]["network"]])
def test_a_network_breaks_the_stream(number: str, calls: dict[str, Seen]) -> None:
    seen, network = calls[number], RAW[number]["network"]
    line = seen.call.line
    assert line is not None and not line.callee.diary.hung_up
    assert 0 <= line.callee.now_ms - network["reset_after_ms"] <= 100
    assert seen.arrived_s[-1] - seen.arrived_s[0] < network["reset_after_ms"] / 1000


# ---- who is not there


@pytest.mark.parametrize(
    "number", [n for n in RAW if n not in TALKING], ids=lambda n: RAW[n]["name"]
)
def test_who_does_not_answer_ends_with_the_right_code(number: str, calls: dict[str, Seen]) -> None:
    raw, call = RAW[number], calls[number].call.call
    expected = {
        "answer": ("no-answer", 487),
        "no_answer": ("no-answer", 487),
        "busy": ("busy", 486),
        "reject": ("no-answer", 603),
        "failed": ("failed", raw.get("sip_code", 404)),
    }
    assert (call.status.value, call.sip_code) == expected[raw["pickup"]]
    assert calls[number].frames == []
