"""Reads a scenario file: who answers which number, and what they do then.

```yaml
defaults:                      # every key of a callee except number, name and script; optional
  voice: slt                   # voice of `text:` utterances
unknown: {pickup: no_answer}   # numbers that are not in the file; default no_answer
callees:
  "+12125550123":              # E.164, quoted
    name: Ann Baker            # for the report
    behaviour: books           # for the report
    pickup: answer             # answer | busy | no_answer | failed | reject; answer if absent
    ring_s: 4                  # ringing before the pickup, or before the busy signal
    reaction_ms: 900           # from the agent's last sound to a reply; at least spurt_gap_ms
    spurt_gap_ms: 700          # silence that ends one of the agent's talk spurts
    loud_dbfs: -45             # what counts as sound
    patience_s: 45             # hangs up after so much silence of the agent
    noise_dbfs: -55            # background noise; none if absent
    echo_loss_db: 12           # what it plays comes back so much quieter; no echo if absent
    echo_delay_ms: 60          # and so much later; from 0 to 600
    script:                    # in order; each step starts when the one before is done
      - greet: slt-hello       # says it 500 ms after the pickup
      - reply: slt-yes         # when the agent has stopped talking
      - reply: {text: "about five hundred thousand"}
        after_ms: 1500         # any step may have its own delay
        spurts: 2              # after the second talk spurt
      - interrupt: slt-wait    # 800 ms after the agent started to talk
      - say: slt-thanks        # at once
      - listen: 1              # lets the agent talk, says nothing
      - wait_ms: 2000
      - press: "1"             # telephone keys
      - beep: 400              # ms of the tone of an answering machine
      - hang_up: 1500          # ms into the agent's next utterance; `hang_up: now` at once
        utterance: 2           # or into the second one
    default: slt-yes           # reply to every further talk spurt; silent if absent
```
An utterance is the name of a recording in `callees/`, or `{text: ..., voice: ...}`. The script
cannot know what the agent says, only when it talks: write it so that any order of questions works.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run

from media.simulator.people.ear import Loudness
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.script import (
    Action,
    HangUp,
    Nothing,
    Person,
    Pickup,
    Press,
    Speak,
    Step,
    When,
)
from media.simulator.people.speech import (
    RecordingMissing,
    Utterance,
    mixed,
    noise,
    recorded,
    spoken,
    tone,
    utterance,
)

_MANNERS = {
    "pickup",
    "ring_s",
    "voice",
    "reaction_ms",
    "spurt_gap_ms",
    "loud_dbfs",
    "patience_s",
    "noise_dbfs",
    "echo_loss_db",
    "echo_delay_ms",
    "default",
}
_VERBS = {"greet", "say", "reply", "interrupt", "listen", "wait_ms", "press", "beep", "hang_up"}
_NUMBERS = {
    "ring_s": (0.0, 600.0),
    "reaction_ms": (0.0, 60_000.0),
    "spurt_gap_ms": (40.0, 10_000.0),
    "loud_dbfs": (-90.0, 0.0),
    "patience_s": (1.0, 3600.0),
    "noise_dbfs": (-90.0, -10.0),
    "echo_loss_db": (0.0, 60.0),
    "echo_delay_ms": (0.0, 600.0),
}
_USUAL = {
    "ring_s": 3.0,
    "reaction_ms": 900.0,
    "spurt_gap_ms": 700.0,
    "loud_dbfs": -45.0,
    "patience_s": 45.0,
    "echo_delay_ms": 60.0,
}


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
    return parse(path.read_text(encoding="utf-8"), rng)


def parse(text: str, rng: Random) -> Scenario:
    """Read and check a scenario. Raises `ScenarioError` naming line and key."""
    top = Marked.parse(text).fields({"defaults", "unknown", "callees"})
    defaults = top["defaults"].fields(_MANNERS) if "defaults" in top else {}
    unknown = Person("unknown")
    if "unknown" in top:
        unknown = _Reader("unknown", top["unknown"], defaults, rng).person()
    people = {}
    for number, entry in (top["callees"].fields() if "callees" in top else {}).items():
        if not (number.startswith("+") and number[1:].isdigit()):
            raise entry.error('the number must be E.164 in quotes, as in "+12125550123"')
        people[number] = _Reader(number, entry, defaults, rng).person()
    return Scenario(people, unknown)


class _Reader:
    """Reads one callee."""

    def __init__(
        self, number: str, entry: Marked, defaults: dict[str, Marked], rng: Random
    ) -> None:
        self._number = number
        own = entry.fields(_MANNERS | {"name", "behaviour", "script"})
        self._fields = {**defaults, **own}
        self._values = {name: self._number_of(name) for name in _NUMBERS}
        hiss = self._values["noise_dbfs"]
        self._noise = noise(rng, hiss) if hiss is not None else b""

    def _number_of(self, name: str) -> float | None:
        field = self._fields.get(name)
        return field.number(*_NUMBERS[name]) if field else _USUAL.get(name)

    def _text(self, name: str, usual: str = "") -> str:
        field = self._fields.get(name)
        return field.text() if field else usual

    def _value(self, name: str) -> float:
        return self._values[name] or 0.0

    def person(self) -> Person:
        pickup = self._fields.get("pickup")
        script = self._fields.get("script")
        default = self._fields.get("default")
        return Person(
            number=self._number,
            name=self._text("name"),
            behaviour=self._text("behaviour"),
            pickup=pickup.choice(Pickup) if pickup else Pickup.ANSWER,
            ring_s=self._value("ring_s"),
            steps=tuple(self._step(step) for step in script.items()) if script else (),
            default=self._reply(Speak(self._utterance(default))) if default else None,
            spurt_gap_ms=int(self._value("spurt_gap_ms")),
            loud_dbfs=self._value("loud_dbfs"),
            patience_s=self._value("patience_s"),
            noise=self._noise_frames(),
            echo_loss_db=self._values["echo_loss_db"],
            echo_delay_ms=self._value("echo_delay_ms"),
        )

    def _reply(self, action: Action, after_ms: int | None = None, count: int = 1) -> Step:
        usual = int(self._value("reaction_ms"))
        return Step(When.AGENT_STOPS, action, usual if after_ms is None else after_ms, count)

    def _step(self, entry: Marked) -> Step:
        fields = entry.fields(_VERBS | {"after_ms", "spurts", "utterance"})
        verbs = _VERBS & fields.keys()
        if len(verbs) != 1:
            raise entry.error(f"must have exactly one of {', '.join(sorted(_VERBS))}")
        verb = verbs.pop()
        after = int(fields["after_ms"].number()) if "after_ms" in fields else None
        spurts = int(fields["spurts"].number(1, 99)) if "spurts" in fields else 1
        if verb == "hang_up":
            turn = int(fields["utterance"].number(1, 99)) if "utterance" in fields else 1
            return self._hang_up(fields[verb], turn)
        return self._plain_step(verb, fields[verb], after, spurts)

    def _plain_step(self, verb: str, value: Marked, after: int | None, spurts: int) -> Step:
        if verb == "listen":
            return self._reply(Nothing(), after or 0, int(value.number(1, 99)))
        if verb == "wait_ms":
            return Step(When.NOW, Nothing(), int(value.number()))
        if verb == "press":
            return Step(When.NOW, Press(self._digits(value)), after or 0)
        if verb == "beep":
            sound = utterance("beep", tone(int(value.number(100, 5000))))
            return Step(When.NOW, Speak(sound), after or 0)
        action = Speak(self._utterance(value))
        if verb == "reply":
            return self._reply(action, after, spurts)
        if verb == "interrupt":
            return Step(When.AGENT_STARTS, action, 800 if after is None else after, spurts)
        usual = 500 if verb == "greet" else 0
        return Step(When.NOW, action, usual if after is None else after)

    @staticmethod
    def _hang_up(value: Marked, turn: int) -> Step:
        if value.text() == "now":
            return Step(When.NOW, HangUp())
        return Step(When.AGENT_STARTS, HangUp(), int(value.number()), turn)

    @staticmethod
    def _digits(value: Marked) -> str:
        digits = value.text()
        if not digits or set(digits) - set("0123456789*#ABCD"):
            raise value.error("must be telephone keys")
        return digits

    def _utterance(self, value: Marked) -> Utterance:
        if value.is_mapping():
            fields = value.fields({"text", "voice"})
            if "text" not in fields:
                raise value.error("needs a text")
            name = fields["text"].text()
            voice = fields["voice"].text() if "voice" in fields else self._text("voice", "slt")
            sound = spoken(voice, name)
        else:
            name = value.text()
            try:
                sound = recorded(name)
            except RecordingMissing:
                raise value.error(f"there is no recording {name!r}") from None
        end = Loudness(self._value("loud_dbfs")).last(sound)
        return utterance(name, mixed(sound, self._noise) if self._noise else sound, end)

    def _noise_frames(self) -> tuple[bytes, ...]:
        if not self._noise:
            return ()
        return utterance("noise", mixed(b"\xff" * (len(self._noise) // 2), self._noise)).frames
