"""A scenario as a table for the one who wrote it."""

from media.simulator.people.scenario import Scenario
from media.simulator.people.script import Person, Pickup, Speak

_HEAD = ("number", "name", "behaviour", "telephone", "first words", "steps", "reactions", "line")


def listing(scenario: Scenario) -> str:
    """A line a callee, in the file's order, and whoever is not in the file."""
    everybody = [*scenario.people.values(), scenario.unknown]
    rows = [_HEAD, *(_row(person) for person in everybody)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, f"{len(scenario.people)} callees"])


def _row(person: Person) -> tuple[str, ...]:
    answers = person.pickup is Pickup.ANSWER
    return (
        person.number,
        person.name or "-",
        person.behaviour or "-",
        _telephone(person),
        _first_words(person) if answers else "-",
        str(len(person.steps)) if answers else "-",
        str(len(person.reactions)) if answers else "-",
        _line(person) if answers else "-",
    )


def _telephone(person: Person) -> str:
    if person.pickup is Pickup.FAILED:
        return f"fails with {person.sip_code}"
    if person.pickup is Pickup.NO_ANSWER:
        return "rings out"
    return f"{person.pickup.value} after {person.ring_s:g} s"


def _first_words(person: Person) -> str:
    steps = [*person.steps, *([person.default] if person.default else [])]
    names = (step.action.utterance.name for step in steps if isinstance(step.action, Speak))
    first = next(names, "-")
    return first if len(first) <= 28 else f"{first[:27]}…"


def _line(person: Person) -> str:
    words = [
        "noise" if person.noise else "",
        "echo" if person.echo_loss_db is not None else "",
        "murmurs" if person.backchannel else "",
        f"hangs up at {person.hang_up_after_ms / 1000:g} s" if person.hang_up_after_ms else "",
    ]
    return ", ".join(word for word in words if word) or "-"
