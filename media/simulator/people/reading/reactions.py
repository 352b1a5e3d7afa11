"""Reads what a callee does at the agent's words and keys, whatever the script is at."""

import re
from collections.abc import Callable

from media.simulator.people.marked_yaml import Marked, did_you_mean
from media.simulator.people.reading.steps import VERBS, Steps, keys
from media.simulator.people.script import Reaction, Step

_KEYS = {"hears", "keys", "priority", "once", "if", "unless", "set", "clear", "do", "script"}
_STEP_KEYS = {"after_ms", "spurts", "utterance"}
_MOST_FLAGS = 16
_FLAG = re.compile(r"[A-Za-z0-9_-]{1,32}")


def reactions(value: Marked, steps: Steps) -> tuple[Reaction, ...]:
    """A list of reactions. Raises `ScenarioError`; also for a flag that nothing sets."""
    entries = list(value.items())
    found = tuple(_reaction(entry, steps) for entry in entries)
    known = frozenset(flag for one in found for flag in one.sets)
    if len(known) > _MOST_FLAGS:
        raise value.error(f"sets {len(known)} flags; {_MOST_FLAGS} are the most")
    for entry, one in zip(entries, found, strict=True):
        for flag in sorted((one.only_if | one.unless | one.clears) - known):
            near = did_you_mean(flag, known)
            raise entry.error(f"no reaction sets the flag {flag!r}{near}; add `set: {flag}` to one")
    return found


def _reaction(entry: Marked, steps: Steps) -> Reaction:
    fields = entry.fields(_KEYS | VERBS | _STEP_KEYS)
    if ("hears" in fields) == ("keys" in fields):
        raise entry.error("needs either `hears:`, words of the agent, or `keys:` that it presses")
    does = [key for key in ("do", "script") if key in fields] + sorted(VERBS & fields.keys())
    if len(does) > 1:
        raise entry.error(f"does {' and '.join(does)}; put several steps under `do:`")
    if not does and not {"set", "clear"} & fields.keys():
        raise entry.error("does nothing; give it a verb such as `reply:`, or `do:`, `set:`")
    return Reaction(
        _steps(entry, fields, does, steps),
        hears=_texts(fields, "hears", Marked.words),
        keys=_texts(fields, "keys", keys),
        priority=fields["priority"].whole(-100, 100) if "priority" in fields else 0,
        once=fields["once"].truth() if "once" in fields else False,
        only_if=frozenset(_texts(fields, "if", _flag)),
        unless=frozenset(_texts(fields, "unless", _flag)),
        sets=frozenset(_texts(fields, "set", _flag)),
        clears=frozenset(_texts(fields, "clear", _flag)),
        replaces="script" in fields,
    )


def _steps(
    entry: Marked, fields: dict[str, Marked], does: list[str], steps: Steps
) -> tuple[Step, ...]:
    if not does or does[0] in ("do", "script"):
        for key in sorted(_STEP_KEYS & fields.keys()):
            raise fields[key].error("goes with a verb; put it into the step")
        return steps.script(fields[does[0]]) if does else ()
    return (steps.of(entry, fields),)


def _texts(fields: dict[str, Marked], name: str, read: Callable[[Marked], str]) -> tuple[str, ...]:
    """One text or a list of them."""
    value = fields.get(name)
    if value is None:
        return ()
    if not value.is_list():
        return (read(value),)
    texts = tuple(read(one) for one in value.items())
    if not texts:
        raise value.error("is an empty list")
    return texts


def _flag(value: Marked) -> str:
    flag = value.scalar()
    if not isinstance(flag, str) or not _FLAG.fullmatch(flag):
        raise value.error("a flag is a name of letters, digits, - and _, at most 32 of them")
    return flag
