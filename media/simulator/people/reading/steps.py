"""Reads the steps of a script: one verb each, and when it is due."""

from media.simulator.people import speech
from media.simulator.people.marked_yaml import Marked
from media.simulator.people.reading.utterances import Sounds
from media.simulator.people.script import Action, HangUp, Nothing, Press, Speak, Step, When

VERBS = {
    "greet",
    "say",
    "reply",
    "interrupt",
    "listen",
    "wait_ms",
    "press",
    "beep",
    "hang_up",
}
MOST_EVENTS = 99
_GREET_MS, _INTERRUPT_MS = 500, 800
_KEYS = set("0123456789*#ABCD")


class Steps:
    """Reads one callee's steps. `reaction_ms` is the usual delay of a reply."""

    def __init__(self, sounds: Sounds, reaction_ms: int) -> None:
        self.sounds = sounds
        self._reaction_ms = reaction_ms

    def script(self, value: Marked) -> tuple[Step, ...]:
        """A list of steps."""
        return tuple(self.step(one) for one in value.items())

    def step(self, entry: Marked) -> Step:
        """`{verb: value, after_ms: ..., spurts: ..., utterance: ...}`."""
        fields = entry.fields(VERBS | {"after_ms", "spurts", "utterance"})
        return self.of(entry, fields)

    def of(self, entry: Marked, fields: dict[str, Marked]) -> Step:
        """The step of a mapping that was read before. Raises `ScenarioError`."""
        verbs = VERBS & fields.keys()
        if len(verbs) != 1:
            raise entry.error(f"must have exactly one of {', '.join(sorted(VERBS))}")
        verb = verbs.pop()
        after = int(fields["after_ms"].number()) if "after_ms" in fields else None
        spurts = fields["spurts"].whole(1, MOST_EVENTS) if "spurts" in fields else 1
        turn = fields["utterance"].whole(1, MOST_EVENTS) if "utterance" in fields else 1
        if verb == "hang_up":
            return self._hang_up(fields[verb], turn, after)
        if verb in ("greet", "say", "reply", "interrupt"):
            return self._spoken(verb, Speak(self.sounds.utterance(fields[verb])), after, spurts)
        return self._silent(verb, fields[verb], after)

    def reply(self, action: Action, after_ms: int | None = None, count: int = 1) -> Step:
        """When the agent has stopped talking."""
        usual = self._reaction_ms if after_ms is None else after_ms
        return Step(When.AGENT_STOPS, action, usual, count)

    def _spoken(self, verb: str, action: Speak, after: int | None, spurts: int) -> Step:
        if verb == "reply":
            return self.reply(action, after, spurts)
        if verb == "interrupt":
            delay = _INTERRUPT_MS if after is None else after
            return Step(When.AGENT_STARTS, action, delay, spurts)
        usual = _GREET_MS if verb == "greet" else 0
        return Step(When.NOW, action, usual if after is None else after)

    def _silent(self, verb: str, value: Marked, after: int | None) -> Step:
        if verb == "listen":
            return self.reply(Nothing(), after or 0, value.whole(1, MOST_EVENTS))
        if verb == "wait_ms":
            return Step(When.NOW, Nothing(), int(value.number()))
        if verb == "press":
            return Step(When.NOW, Press(keys(value)), after or 0)
        sound = speech.tone(int(value.number(100, 5000)))
        return Step(When.NOW, Speak(self.sounds.on_the_line("beep", sound)), after or 0)

    @staticmethod
    def _hang_up(value: Marked, turn: int, after: int | None) -> Step:
        written = value.scalar()
        if written == "now":
            return Step(When.NOW, HangUp(), after or 0)
        if isinstance(written, str):
            raise value.error("must be `now`, or milliseconds into the agent's next utterance")
        return Step(When.AGENT_STARTS, HangUp(), int(value.number()), turn)


def keys(value: Marked) -> str:
    """Telephone keys. Raises `ScenarioError`."""
    digits = value.text().removesuffix(".0")
    if not digits or set(digits) - _KEYS:
        raise value.error("must be telephone keys, of 0-9 * # A-D, in quotes")
    return digits
