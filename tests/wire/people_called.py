"""Everybody who ships, called once, and what the YAML files say that they do.

What is expected is read from the files here, not by the reader of the product.
"""

from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from people_stage import Plan, Seen, call_everybody

from media.simulator.people import scenario
from media.simulator.people.diary import Words
from media.simulator.people.script import Person, Speak, Step

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


@cache
def called() -> dict[str, Seen]:
    """Everybody's call, made once."""
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


def line_of(seen: Seen, person: Person) -> Iterator[tuple[int, bytes]]:
    """(frame since the pickup, sound) of all that was said, as long as the call lasted."""
    sounds = sounds_of(person)
    for said in words(seen):
        lasted = -(-(said.ended - said.started) // FRAME)
        for index, frame in enumerate(sounds[said.name][:lasted]):
            yield said.started // FRAME + index, frame


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
