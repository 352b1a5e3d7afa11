"""Who picked up, a person, nobody or a machine, and when a machine is ready for the message."""

import re
from dataclasses import dataclass
from enum import StrEnum

from media.turn.endpoint import FRAME_SAMPLES, SAMPLES_PER_MS

GREETING = re.compile(
    r"\b(voice ?mail|answering machine|leave (?:me |us )?(?:a |your )?(?:brief |short |detailed )?"
    r"(?:message|name)|(?:after|at) the (?:tone|beep)|record your message|mailbox|"
    r"(?:not|is un)available|un?able to (?:take|answer|come)|"
    r"can(?:'t|not| not) (?:take|answer|come to|get to)|"
    r"get back to you|you(?:'ve| have) reached|person you are (?:calling|trying))\b"
)
"""Words that only recorded greetings say. Lower case, as recognised."""


class Verdict(StrEnum):
    """What to do now; `MESSAGE_NOW` follows `MACHINE` once."""

    HUMAN = "human"
    SILENCE = "silence"
    MACHINE = "machine"
    MESSAGE_NOW = "message_now"


@dataclass(frozen=True, slots=True)
class AnsweringConfig:
    """Durations in ms.

    A person says a few words and waits `pause_ms`; a machine talks for `machine_ms` without such
    a pause. `silent_ms` without a word is a silent pick-up. A person's verdict may still turn
    into a machine's within `revise_ms` of the pick-up, by words or a beep. A machine's greeting
    is over `after_beep_ms` after its beep, or `greeting_pause_ms` after its last word, or
    `longest_greeting_ms` after the pick-up.
    """

    silent_ms: int = 1200
    pause_ms: int = 640
    machine_ms: int = 3500
    revise_ms: int = 15_000
    after_beep_ms: int = 200
    greeting_pause_ms: int = 2400
    longest_greeting_ms: int = 60_000


class Answering:
    """Fed from the moment of the pick-up with one frame of 20 ms at a time."""

    def __init__(self, config: AnsweringConfig | None = None) -> None:
        self._config = config or AnsweringConfig()
        self._position = 0
        self._first_speech: int | None = None
        self._last_speech = 0
        self._beep_end: int | None = None
        self._verdict: Verdict | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The latest verdict; None while it is open."""
        return self._verdict

    def feed(self, *, speech: bool, beep: bool) -> Verdict | None:
        """Take one frame: is there speech, is there a beep. Gives a verdict when it changes."""
        self._position += FRAME_SAMPLES
        if beep:
            self._beep_end = self._last_speech = self._position
        elif speech:
            self._note_speech()
        if self._verdict is Verdict.MESSAGE_NOW:
            return None
        if self._verdict is Verdict.MACHINE:
            return self._settle(Verdict.MESSAGE_NOW) if self._greeting_over() else None
        if beep and self._revisable():
            return self._settle(Verdict.MACHINE)
        return None if self._verdict else self._judge()

    def words(self, text: str) -> Verdict | None:
        """Take what has been recognised since the pick-up, a partial result or a whole one."""
        undecided = self._verdict not in (Verdict.MACHINE, Verdict.MESSAGE_NOW)
        if undecided and self._revisable() and GREETING.search(text.lower()):
            return self._settle(Verdict.MACHINE)
        return None

    def _note_speech(self) -> None:
        if self._first_speech is None:
            self._first_speech = self._position - FRAME_SAMPLES
        self._last_speech = self._position

    def _settle(self, verdict: Verdict) -> Verdict:
        self._verdict = verdict
        return verdict

    def _lasted(self, since: int, duration_ms: int) -> bool:
        return self._position - since >= duration_ms * SAMPLES_PER_MS

    def _revisable(self) -> bool:
        return self._verdict is None or not self._lasted(0, self._config.revise_ms)

    def _judge(self) -> Verdict | None:
        if self._first_speech is None:
            silent = self._lasted(0, self._config.silent_ms)
            return self._settle(Verdict.SILENCE) if silent else None
        if self._lasted(self._last_speech, self._config.pause_ms):
            return self._settle(Verdict.HUMAN)
        if self._lasted(self._first_speech, self._config.machine_ms):
            return self._settle(Verdict.MACHINE)
        return None

    def _greeting_over(self) -> bool:
        config = self._config
        if self._beep_end is not None and self._lasted(self._beep_end, config.after_beep_ms):
            return True
        paused = self._lasted(self._last_speech, config.greeting_pause_ms)
        return paused or self._lasted(0, config.longest_greeting_ms)
