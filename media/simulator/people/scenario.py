"""Scenario files: who answers which number, and what they do then. `docs/scenarios.md` has the
format, `scenario.schema.json` beside this module is its JSON schema."""

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from media.simulator.people.marked_yaml import Marked
from media.simulator.people.reading.callees import SHARED, Setting, person
from media.simulator.people.script import Person

_NUMBER = re.compile(r"\+[0-9]+")
_MOST_SEED = 2**53


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everybody who can be called."""

    people: dict[str, Person]
    unknown: Person

    def person(self, number: str) -> Person:
        """Who answers this number."""
        return self.people.get(number, self.unknown)


def load(path: Path, rng: Random) -> Scenario:
    """Read and check a file. Raises `ScenarioError` naming line and key, OSError."""
    return parse(path.read_text(encoding="utf-8"), rng, path.parent)


def parse(text: str, rng: Random, folder: Path = Path()) -> Scenario:
    """Read and check a scenario; WAV paths begin in `folder`. Raises `ScenarioError`.

    All chance comes from the file's `seed`, or from `rng` where it has none: the same seed makes
    the same bytes, of each callee whoever else is in the file.
    """
    top = Marked.parse(text).fields({"seed", "defaults", "unknown", "callees"})
    seed = top["seed"].whole(0, _MOST_SEED) if "seed" in top else rng.getrandbits(53)
    defaults = top["defaults"].fields(SHARED) if "defaults" in top else {}
    setting = Setting(defaults, folder, seed)
    if defaults:
        person("defaults", top["defaults"], setting)
    unknown = Person("unknown")
    if "unknown" in top:
        unknown = person("unknown", top["unknown"], setting)
    people = {}
    for number, entry in (top["callees"].fields() if "callees" in top else {}).items():
        if not _NUMBER.fullmatch(number):
            raise entry.error('the number must be E.164 in quotes, as in "+12125550123"')
        people[number] = person(number, entry, setting)
    return Scenario(people, unknown)
