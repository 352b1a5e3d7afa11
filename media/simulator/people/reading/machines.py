"""Reads the machines that may answer a call, as scripts: voicemail, call screening, menu, fax."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from media.simulator.people import speech
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.reading.steps import Steps
from media.simulator.people.script import HangUp, Nothing, Reaction, Speak, Step, When

MACHINES = {"voicemail", "screening", "ivr", "fax"}
_ALL_KEYS = "0123456789*#ABCD"
_CNG_REST_MS = 3000
"""ITU-T T.30, 4.3.3.2.3: half a second of 1100 Hz, three seconds of silence."""

_CONNECTED = frozenset({"connected to a person"})


@dataclass(frozen=True, slots=True)
class Course:
    """What a machine plays, and what it does at keys."""

    steps: tuple[Step, ...]
    reactions: tuple[Reaction, ...] = ()


class Fax(StrEnum):
    """Who calls whom."""

    CED = "ced"
    """It was called: 2100 Hz."""
    CNG = "cng"
    """It takes itself for the caller: 1100 Hz, again and again."""


class Then(StrEnum):
    """What comes of a screened call."""

    CONNECT = "connect"
    DECLINE = "decline"


def course(kind: str, value: Marked, steps: Steps, person: tuple[Step, ...]) -> Course:
    """The script of a machine of `MACHINES`; `person` is who may come to the telephone after it."""
    if kind == "fax":
        return _fax(value, steps)
    return _READERS[kind](value, steps, person)


class _Fields:
    """A machine's keys with their usual values."""

    def __init__(self, value: Marked, steps: Steps, allowed: set[str]) -> None:
        self._value, self._steps = value, steps
        self.fields = value.fields(allowed)

    def ms(self, name: str, usual: int) -> int:
        """Milliseconds."""
        return int(self.fields[name].number()) if name in self.fields else usual

    def said(self, name: str, after_ms: int) -> tuple[Step, ...]:
        """An utterance, `after_ms` past the step before it; nothing where it is absent."""
        if name not in self.fields:
            return ()
        action = Speak(self._steps.sounds.utterance(self.fields[name]))
        return (Step(When.NOW, action, after_ms),)

    def needed(self, name: str, after_ms: int) -> tuple[Step, ...]:
        """An utterance that must be there. Raises `ScenarioError`."""
        if name not in self.fields:
            raise self._value.error(f"needs a `{name}:`, what is said")
        return self.said(name, after_ms)


def _voicemail(value: Marked, steps: Steps, _: tuple[Step, ...]) -> Course:
    keys = {"greeting", "after_ms", "pause_ms", "beep_ms", "beep_hz", "records_s", "full"}
    fields = _Fields(value, steps, keys)
    greeting = fields.needed("greeting", fields.ms("after_ms", 700))
    pause_ms, beep_ms = fields.ms("pause_ms", 500), fields.ms("beep_ms", 400)
    hz = int(fields.fields["beep_hz"].number(300, 3000)) if "beep_hz" in fields.fields else 1000
    if "full" in fields.fields:
        return Course((*greeting, *fields.said("full", pause_ms), Step(When.NOW, HangUp(), 300)))
    records = fields.fields.get("records_s")
    records_ms = int(records.number(1, 600) * 1000) if records else 120_000
    beep: tuple[Step, ...] = ()
    if beep_ms:
        sound = steps.sounds.on_the_line("beep", speech.tone(beep_ms, hz))
        beep = (Step(When.NOW, Speak(sound), pause_ms),)
    return Course((*greeting, *beep, Step(When.NOW, HangUp(), records_ms)))


def _screening(value: Marked, steps: Steps, person: tuple[Step, ...]) -> Course:
    keys = {"prompt", "after_ms", "thanks", "hold_ms", "then", "declined"}
    fields = _Fields(value, steps, keys)
    prompt = fields.needed("prompt", fields.ms("after_ms", 500))
    if "thanks" in fields.fields:
        thanks = steps.reply(Speak(steps.sounds.utterance(fields.fields["thanks"])))
    else:
        thanks = steps.reply(Nothing())
    held = Step(When.NOW, Nothing(), fields.ms("hold_ms", 3000))
    then = fields.fields["then"].choice(Then) if "then" in fields.fields else Then.CONNECT
    if then is Then.CONNECT:
        return Course((*prompt, thanks, held, *person))
    end = (*fields.said("declined", 0), Step(When.NOW, HangUp(), 300))
    return Course((*prompt, thanks, held, *end))


def _menu(value: Marked, steps: Steps, person: tuple[Step, ...]) -> Course:
    keys = {"menu", "after_ms", "wait_ms", "repeats", "keys", "wrong", "goodbye"}
    fields = _Fields(value, steps, keys)
    first = fields.needed("menu", fields.ms("after_ms", 500))
    wait_ms = fields.ms("wait_ms", 5000)
    repeats = fields.fields["repeats"].whole(0, 9) if "repeats" in fields.fields else 2
    again = fields.said("menu", 300)
    later = fields.said("menu", wait_ms)
    end = (Step(When.NOW, Nothing(), wait_ms), *fields.said("goodbye", 0), Step(When.NOW, HangUp()))
    rounds = (*later * repeats, *end)
    choices = fields.fields["keys"].fields(set(_ALL_KEYS)) if "keys" in fields.fields else {}
    found = [_choice(key, one, steps, (*again, *rounds), person) for key, one in choices.items()]
    others = tuple(key for key in _ALL_KEYS if key not in choices)
    if others:
        found.append(_at_key(others, (*fields.said("wrong", 300), *again, *rounds)))
    return Course((*first, *rounds), tuple(found))


def _choice(
    key: str, value: Marked, steps: Steps, again: tuple[Step, ...], person: tuple[Step, ...]
) -> Reaction:
    """One key of a menu: says something, then what `then` says."""
    fields = _Fields(value, steps, {"say", "then"})
    then = fields.fields["then"].choice(AfterKey) if "then" in fields.fields else AfterKey.HANG_UP
    ways = {
        AfterKey.HANG_UP: (Step(When.NOW, HangUp(), 300),),
        AfterKey.MENU: again,
        AfterKey.CONNECT: person,
    }
    sets = _CONNECTED if then is AfterKey.CONNECT else frozenset[str]()
    return _at_key((key,), (*fields.said("say", 300), *ways[then]), sets)


def _at_key(
    keys: tuple[str, ...], steps: tuple[Step, ...], sets: frozenset[str] = frozenset()
) -> Reaction:
    """A menu's reaction; once a person is on the line there is no menu any more."""
    return Reaction(steps, keys=keys, unless=_CONNECTED, sets=sets, replaces=True)


class AfterKey(StrEnum):
    """Where a key of a menu leads."""

    HANG_UP = "hang_up"
    MENU = "menu"
    CONNECT = "connect"


def _fax(value: Marked, steps: Steps) -> Course:
    kind: Fax = value.choice(Fax)
    if kind is Fax.CED:
        sound = steps.sounds.on_the_line("ced", speech.tone(3000, 2100))
        return Course((Step(When.NOW, Speak(sound), 1800), Step(When.NOW, HangUp(), 35_000)))
    sound = steps.sounds.on_the_line("cng", speech.tone(500, 1100))
    calls = (Step(When.NOW, Speak(sound), 500), *(Step(When.NOW, Speak(sound), _CNG_REST_MS),) * 9)
    return Course((*calls, Step(When.NOW, HangUp(), _CNG_REST_MS)))


_READERS: dict[str, Callable[[Marked, Steps, tuple[Step, ...]], Course]] = {
    "voicemail": _voicemail,
    "screening": _screening,
    "ivr": _menu,
}
