"""The far end hears and says what the scenario says: everybody who ships, over the real wire.

What is expected is read from the YAML files here, not by the reader of the product.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from people_stage import Plan, Seen, call_everybody

from media.audio import g711
from media.audio.tone import tone_hz
from media.simulator import hearing
from media.simulator.people import scenario, speech
from media.simulator.people.diary import Words
from media.simulator.people.script import Person, Speak, Step
from media.simulator.playout.playback import SILENCE

SCENARIOS = Path(scenario.__file__).parent.parent / "scenarios"
FRAME, MS = 160, 8
MACHINES = ("voicemail", "screening", "ivr", "fax")
OTHER_MANNERS = ("noise", "noise_dbfs", "line", "level_dbfs", "speed", "pitch_semitones")
MENU_KEYS = {250: "9", 420: "1", 900: "0"}
"""Wrong in the middle of the menu, then the menu again, then the front desk."""


def _raw() -> dict[str, dict[str, Any]]:
    found = {}
    for path in sorted(SCENARIOS.glob("*.yaml")):
        file = yaml.safe_load(path.read_text(encoding="utf-8"))
        for number, entry in file["callees"].items():
            found[number] = {"pickup": "answer", **file.get("defaults", {}), **entry}
    return found


RAW = _raw()
PEOPLE = {
    number: person
    for path in sorted(SCENARIOS.glob("*.yaml"))
    for number, person in scenario.load(path, Random(1)).people.items()
}
TALKING = [n for n, raw in RAW.items() if raw["pickup"] == "answer" and raw.get("ring_s", 3) <= 60]
SCRIPTED = [
    n
    for n in TALKING
    if not {"reactions", "network"} & RAW[n].keys() and not any(m in RAW[n] for m in MACHINES)
]


def named(numbers: list[str]) -> Any:
    return pytest.mark.parametrize(
        "number", numbers, ids=lambda n: f"{RAW[n].get('name')} {RAW[n].get('behaviour')}"
    )


def having(key: str) -> list[str]:
    return [number for number in TALKING if key in RAW[number]]


def plan(number: str) -> Plan:
    raw = RAW[number]
    if "screening" in raw:
        return Plan(5)
    if "ivr" in raw:
        return Plan(0, MENU_KEYS)
    if any(machine in raw for machine in MACHINES) or "voicemail" in raw.get("behaviour", ""):
        return Plan(0)
    return Plan(max(3, len(raw.get("script", [])) + 1))


@pytest.fixture(scope="module")
def calls() -> dict[str, Seen]:
    everybody = scenario.Scenario(PEOPLE, Person("unknown"))
    return call_everybody(everybody, {number: plan(number) for number in PEOPLE})


def name_of(utterance: Any) -> str:
    if isinstance(utterance, list):
        return " ".join(name for name in map(name_of, utterance) if name)
    if isinstance(utterance, dict):
        keys = ("text", "recording", "wav", "tone")
        return str(next((utterance[key] for key in keys if key in utterance), ""))
    return str(utterance)


def sounds_of(person: Person) -> dict[str, tuple[bytes, ...]]:
    """name -> frames, of everything that the person can say."""
    steps: list[Step] = [*person.steps, *chain(*(one.steps for one in person.reactions))]
    steps += [person.default] if person.default else []
    found = [step.action.utterance for step in steps if isinstance(step.action, Speak)]
    found += person.backchannel.sounds if person.backchannel else ()
    return {utterance.name: utterance.frames for utterance in found}


def words(seen: Seen) -> list[Words]:
    assert seen.call.line is not None
    return seen.call.line.callee.diary.said


# ---- the sound


def line_of(seen: Seen, person: Person) -> Iterator[tuple[int, bytes]]:
    """(frame since the pickup, sound) of all that was said, as long as the call lasted."""
    sounds = sounds_of(person)
    for said in words(seen):
        lasted = -(-(said.ended - said.started) // FRAME)
        for index, frame in enumerate(sounds[said.name][:lasted]):
            yield said.started // FRAME + index, frame


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


# ---- the script


class Follower:
    """Walks through a script with what was said and heard, in samples."""

    def __init__(self, number: str, seen: Seen) -> None:
        assert seen.call.line is not None
        self.callee = seen.call.line.callee
        self.raw = RAW[number]
        self.said = [one for one in self.callee.diary.said if not one.aside]
        self.heard = self.callee.heard()
        self.keys = [key for _, key in seen.keys]
        self.free = 0

    def follow(self, script: list[dict[str, Any]]) -> int:
        """Check step by step; the number of steps that were taken before the call ended."""
        for index, step in enumerate(script):
            verb = next(key for key in step if key not in ("after_ms", "spurts", "utterance"))
            if not getattr(self, f"_{verb}")(step[verb], step.get("after_ms")):
                return index
        return len(script)

    def _next(self, utterance: Any) -> Words | None:
        if not self.said:
            return None
        said = self.said.pop(0)
        assert said.name == (utterance if utterance == "beep" else name_of(utterance))
        return said

    def _spoken(self, said: Words | None, due: int, slack_ms: int = 40) -> bool:
        if said is None:
            return False
        assert -20 * MS <= said.started - due <= slack_ms * MS, (said, due / MS)
        self.free = said.ended
        return True

    def _greet(self, utterance: Any, after: int | None) -> bool:
        floor = self.free // FRAME * FRAME
        return self._spoken(self._next(utterance), floor + (500 if after is None else after) * MS)

    def _say(self, utterance: Any, after: int | None) -> bool:
        return self._greet(utterance, after or 0)

    def _beep(self, _: int, after: int | None) -> bool:
        return self._greet("beep", after or 0)

    def _reply(self, utterance: Any, after: int | None) -> bool:
        said = self._next(utterance)
        if said is None:
            return False
        due = self.raw.get("reaction_ms", 900) if after is None else after
        ended = max(one.ended for one in self.heard if one.ended <= said.started)
        return self._spoken(said, ended + due * MS)

    def _interrupt(self, utterance: Any, after: int | None) -> bool:
        said = self._next(utterance)
        if said is None:
            return False
        began = max(one.started for one in self.heard if one.started <= said.started)
        due = max(began, self.free) + (800 if after is None else after) * MS
        assert any(one.started < said.started < one.ended for one in self.heard)
        return self._spoken(said, due, 100)

    def _wait_ms(self, duration: int, _: int | None) -> bool:
        self.free += duration * MS
        return True

    def _press(self, keys: str, after: int | None) -> bool:
        self.free += (after or 0) * MS
        assert "".join(self.keys).startswith(keys)
        return True

    def _hang_up(self, when: Any, after: int | None) -> bool:
        due = self.free + (after or 0) * MS
        if when != "now":
            spurts = [one.started for one in self.heard if one.started >= self.free]
            due = spurts[0] + when * MS
        assert self.callee.diary.hung_up
        assert 0 <= self.callee.now_ms - due // MS <= 100
        return True


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
