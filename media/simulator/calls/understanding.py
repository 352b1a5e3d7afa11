"""Lets a callee, who counts frames, ask a recogniser that takes its time."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from media.simulator.network import Recognise, Words
from media.simulator.people.reactions import Answer, Understand, deaf, phrases_of
from media.simulator.people.script import Person
from media.simulator.playout.playback import SILENCE

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Nothing:
    text: str = ""


def in_background(recognise: Recognise | None) -> Understand:
    """Each question is a task of its own; one that breaks was a spurt that nobody understood."""
    if recognise is None:
        return deaf

    async def answer(sound: bytes, phrases: Sequence[str]) -> Words:
        try:
            return await recognise(sound, phrases)
        except Exception:
            _log.exception("a callee could not understand")
            return _Nothing()

    def ask(sound: bytes, phrases: Sequence[str]) -> asyncio.Task[Words]:
        return asyncio.get_running_loop().create_task(answer(sound, phrases))

    return ask


def warmed(understand: Understand, person: Person) -> Answer | None:
    """Make the recogniser ready for a callee while the telephone rings; None for the deaf.

    The first question about new phrases takes seconds, which would be the callee's first answer.
    """
    phrases = phrases_of(person)
    return understand(SILENCE, phrases) if phrases else None
