"""Reads one callee of a scenario file."""

from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from media.simulator.impairments import UNIMPAIRED, Impairments
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.reading import machines, surroundings
from media.simulator.people.reading.reactions import reactions
from media.simulator.people.reading.steps import Steps
from media.simulator.people.reading.utterances import MANNERS, Manner, Sounds, manner
from media.simulator.people.script import Backchannel, Person, Pickup, Speak, Step
from media.simulator.people.sound.filters import LineKind

_NUMBERS: dict[str, tuple[float, float, float]] = {
    "ring_s": (0.0, 600.0, 3.0),
    "reaction_ms": (0.0, 60_000.0, 900.0),
    "spurt_gap_ms": (40.0, 10_000.0, 700.0),
    "loud_dbfs": (-90.0, 0.0, -45.0),
    "patience_s": (1.0, 3600.0, 45.0),
    "echo_delay_ms": (0.0, 600.0, 60.0),
    "double_talk_loss_db": (0.0, 60.0, 0.0),
}
"""Least, most, usual."""
_OTHERS = {
    "pickup",
    "sip_code",
    "voice",
    "line",
    "noise",
    "noise_dbfs",
    "echo_loss_db",
    "hang_up_after_ms",
    "network",
    "backchannel",
    "reactions",
    "default",
}
SHARED = {*_NUMBERS, *_OTHERS, *MANNERS}
"""Keys that `defaults:` may have."""
OWN = {"name", "behaviour", "script"} | machines.MACHINES


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a callee is read: the file's defaults, its folder and its chance."""

    defaults: dict[str, Marked]
    folder: Path
    seed: int


def person(number: str, entry: Marked, setting: Setting) -> Person:
    """Raises `ScenarioError`."""
    own = entry.fields(SHARED | OWN)
    return _Reader(number, {**setting.defaults, **own}, setting).person(entry)


class _Reader:
    def __init__(self, number: str, fields: dict[str, Marked], setting: Setting) -> None:
        self._number = number
        self._fields = fields
        self._seed = Random(f"{setting.seed}:{number}").getrandbits(63)
        own = manner(fields, Manner())
        line: LineKind | None = fields["line"].choice(LineKind) if "line" in fields else None
        rng = Random(self._seed)
        self._noise = surroundings.noise(fields, own.level_dbfs, line, rng)
        loud = self._value("loud_dbfs")
        sounds = Sounds(own, line, self._noise, loud, setting.folder)
        self._steps = Steps(sounds, int(self._value("reaction_ms")))

    def _value(self, name: str) -> float:
        least, most, usual = _NUMBERS[name]
        return self._fields[name].number(least, most) if name in self._fields else usual

    def _text(self, name: str) -> str:
        return self._fields[name].text() if name in self._fields else ""

    def person(self, entry: Marked) -> Person:
        """The whole callee."""
        fields = self._fields
        course = self._course(entry)
        own = reactions(fields["reactions"], self._steps) if "reactions" in fields else ()
        limit = fields.get("hang_up_after_ms")
        echo = fields.get("echo_loss_db")
        return Person(
            number=self._number,
            name=self._text("name"),
            behaviour=self._text("behaviour"),
            pickup=fields["pickup"].choice(Pickup) if "pickup" in fields else Pickup.ANSWER,
            sip_code=fields["sip_code"].whole(400, 699) if "sip_code" in fields else 404,
            ring_s=self._value("ring_s"),
            steps=course.steps,
            reactions=(*course.reactions, *own),
            default=self._default(),
            backchannel=self._backchannel(),
            hang_up_after_ms=int(limit.number()) if limit else None,
            spurt_gap_ms=int(self._value("spurt_gap_ms")),
            loud_dbfs=self._value("loud_dbfs"),
            patience_s=self._value("patience_s"),
            noise=surroundings.frames(self._noise),
            echo_loss_db=echo.number(0, 60) if echo else None,
            echo_delay_ms=self._value("echo_delay_ms"),
            double_talk_loss_db=self._value("double_talk_loss_db"),
            impairments=self._network(),
            seed=self._seed,
        )

    def _network(self) -> Impairments:
        value = self._fields.get("network")
        return surroundings.network(value, self._seed) if value else UNIMPAIRED

    def _course(self, entry: Marked) -> machines.Course:
        script = self._fields.get("script")
        steps = self._steps.script(script) if script else ()
        found = sorted(machines.MACHINES & self._fields.keys())
        if not found:
            return machines.Course(steps)
        if len(found) > 1:
            raise entry.error(f"is {' and '.join(found)} at once; keep one of them")
        if script and found[0] in ("voicemail", "fax"):
            raise script.error(f"nobody comes to the telephone after a {found[0]}; remove one")
        return machines.course(found[0], self._fields[found[0]], self._steps, steps)

    def _default(self) -> Step | None:
        if "default" not in self._fields:
            return None
        return self._steps.reply(Speak(self._steps.sounds.utterance(self._fields["default"])))

    def _backchannel(self) -> Backchannel | None:
        value = self._fields.get("backchannel")
        if value is None:
            return None
        fields = value.fields({"say", "after_ms", "every_ms"})
        if "say" not in fields:
            raise value.error("needs `say:`, a list of utterances")
        sounds = tuple(self._steps.sounds.utterance(one) for one in fields["say"].items())
        if not sounds:
            raise fields["say"].error("is an empty list; remove `backchannel:` for silence")
        after = int(fields["after_ms"].number()) if "after_ms" in fields else 1500
        every = int(fields["every_ms"].number(200)) if "every_ms" in fields else 3000
        return Backchannel(sounds, after, every)
