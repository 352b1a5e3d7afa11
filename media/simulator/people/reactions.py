"""Which reaction of a callee fits what the agent said or pressed."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from media.simulator.people.keypad import Keypad
from media.simulator.people.script import Person, Reaction
from media.simulator.playout.playback import FRAME

_PRE_ROLL = 15 * FRAME
"""300 ms of the line before a talk spurt: its first consonant may be too soft to start it."""
_MOST_SOUND = 30 * 8000
_MOST_KEYS = 32
_WORD = re.compile(r"[a-z0-9']+")


class Understood(Protocol):
    """What was made of a talk spurt."""

    @property
    def text(self) -> str:
        """The words; empty when there were none."""


class Answer(Protocol):
    """An understanding that may still be under way: an asyncio or concurrent future."""

    def done(self) -> bool:
        """Whether `result` can be asked for."""

    def result(self) -> Understood:
        """What was understood."""


Understand = Callable[[bytes, Sequence[str]], Answer]
"""Mu-law of one talk spurt and the phrases that may be in it."""


class _Nothing:
    text = ""


def deaf(_: bytes, __: Sequence[str]) -> Answer:
    """An `Understand` that understands nothing, at once."""
    answer: Future[_Nothing] = Future()
    answer.set_result(_Nothing())
    return answer


def words(text: str) -> str:
    """Lower-case words between single blanks, so that phrases are found by their words."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def phrases_of(person: Person) -> tuple[str, ...]:
    """Everything that this callee reacts to, each once."""
    return tuple(dict.fromkeys(phrase for one in person.reactions for phrase in one.hears))


class Reactions:
    """Follows what the agent says and presses in one call; chooses among the callee's reactions.

    Everything that the agent said since `forget` is taken together: a sentence with a pause in it
    is one sentence. Of the reactions that fit, the highest priority wins, then the file's order.
    """

    def __init__(self, person: Person, understand: Understand) -> None:
        self._spoken = [one for one in person.reactions if one.hears]
        self._keyed = [one for one in person.reactions if one.keys]
        self._phrases = phrases_of(person)
        self._understand = understand
        self._keypad = Keypad()
        self._sound = bytearray()
        self._answers: list[Answer] = []
        self._fresh = False
        self._told = 0
        self._pressed = ""
        self._used: set[int] = set()
        self.flags: set[str] = set()
        self.understood: list[str] = []

    @property
    def thinking(self) -> bool:
        """Whether something that was said is not yet understood."""
        return not all(answer.done() for answer in self._answers)

    def hear(self, frame: bytes, talking: bool) -> Reaction | None:
        """Take 20 ms; the reaction to a key that was pressed now."""
        if self._spoken:
            self._sound += frame
            if not talking:
                del self._sound[:-_PRE_ROLL]
        key = self._keypad.hear(frame) if self._keyed else ""
        return self._key(key) if key else None

    def _key(self, key: str) -> Reaction | None:
        self._pressed = (self._pressed + key)[-_MOST_KEYS:]
        return self._best(self._keyed, lambda one: self._pressed.endswith(one.keys))

    def spurt_ended(self, answerable: bool) -> None:
        """The agent is quiet; understand what was said, unless it was only a tail."""
        if self._spoken and answerable:
            sound = bytes(self._sound[:_MOST_SOUND])
            self._answers.append(self._understand(sound, self._phrases))
            self._fresh = True
        self._sound.clear()

    def chosen(self) -> Reaction | None:
        """The reaction to what was said since `forget`, once for each time that it grew."""
        if not self._fresh or self.thinking:
            return None
        self._fresh = False
        texts = [answer.result().text for answer in self._answers]
        self.understood += texts[self._told :]
        self._told = len(texts)
        said = words(" ".join(texts))
        return self._best(self._spoken, lambda one: any(words(p) in said for p in one.hears))

    def forget(self) -> None:
        """The callee has answered."""
        self._answers.clear()
        self._fresh = False
        self._told = 0

    def _best(self, among: Sequence[Reaction], fits: Callable[[Reaction], bool]) -> Reaction | None:
        found = [one for one in among if self._open(one) and fits(one)]
        if not found:
            return None
        best = max(found, key=lambda one: one.priority)
        self._used.add(id(best))
        self.flags = (self.flags | best.sets) - best.clears
        return best

    def _open(self, reaction: Reaction) -> bool:
        if reaction.once and id(reaction) in self._used:
            return False
        return reaction.only_if <= self.flags and not reaction.unless & self.flags
