"""The people of the demo, as the recogniser hears them: each call ends as its person intends."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
import yaml
from scripted_call import BRIEF

import media.simulator
from dialer.call import CallBrief, Disposition, Slot, SlotId
from media.agent.port import AgentResult
from media.agent.talk import make_agent
from media.audio import g711
from media.engines.llm.rules import RulePolicy
from media.engines.stt.port import Recognition
from media.engines.stt.sphinx import Models, SphinxRecognizer
from media.engines.tts import flite
from media.simulator.people import scenario
from media.simulator.people.script import Person, Speak, Step, When

SIMULATOR = Path(media.simulator.__file__).parent
INTENDED = {
    "books": Disposition.APPOINTMENT_BOOKED,
    "not interested": Disposition.NOT_INTERESTED,
    "call back": Disposition.CALLBACK_REQUESTED,
    "wrong number": Disposition.WRONG_NUMBER,
    "stop calling": Disposition.DO_NOT_CALL,
}
_LEAD_IN, _TAIL = b"\xff" * 2400, b"\xff" * 4000
_MOST_DEFAULTS = 8

demo = scenario.load(SIMULATOR / "scenarios" / "demo.yaml", Random(1))
talking = [person for person in demo.people.values() if person.behaviour in INTENDED]
by_name = pytest.mark.parametrize("person", talking, ids=lambda person: person.name)


class Tools:
    """`AgentTools` where every slot is free."""

    async def opt_out(self, words: str) -> None:
        assert words

    async def hold(self, slot_id: SlotId) -> bool:
        return bool(slot_id)


def brief(person: Person) -> CallBrief:
    start, hour = BRIEF.now + timedelta(days=1), timedelta(hours=1)
    slots = tuple(
        Slot(
            slot_id=SlotId(f"s{n}"),
            agent_name="Bob",
            starts_at=start + n * 3 * hour,
            ends_at=start + (n * 3 + 1) * hour,
        )
        for n in range(4)
    )
    lead = BRIEF.lead.model_copy(update={"first_name": person.name.split()[0]})
    return BRIEF.model_copy(update={"slots": slots, "lead": lead})


@cache
def models() -> Models:
    return Models()


@cache
def heard(ulaw: bytes) -> Recognition:
    recognizer = SphinxRecognizer(models())
    recognizer.start()
    recognizer.accept(g711.decode(_LEAD_IN + ulaw + _TAIL))
    return recognizer.finish().result()


@cache
def texts() -> dict[str, str]:
    """Recording -> what is said in it."""
    phrases = yaml.safe_load((SIMULATOR / "callees" / "phrases.yaml").read_text(encoding="utf-8"))
    return {
        f"{voice}-{name}": text for voice, said in phrases.items() for name, text in said.items()
    }


@cache
def spoken(voice: str, text: str) -> bytes:
    return g711.encode(b"".join(flite.voice(voice).synthesize(text)))


def sound(step: Step, voice: str | None) -> bytes:
    """The step's recording; the same words by `voice` where they are one or two."""
    assert isinstance(step.action, Speak)
    text = texts()[step.action.utterance.name]
    if voice and len(text.split()) <= 2:
        return spoken(voice, text)
    return b"".join(step.action.utterance.frames)


def replies(person: Person) -> Iterator[Step]:
    """What the person says after the opening, in order."""
    yield from (step for step in person.steps if step.when is When.AGENT_STOPS)
    for _ in range(_MOST_DEFAULTS):
        if person.default is not None:
            yield person.default


async def talk(person: Person, voice: str | None = None) -> tuple[AgentResult, list[str]]:
    agent = make_agent(brief(person), Tools(), RulePolicy())
    agent.opening()
    told = []
    for step in replies(person):
        words = heard(sound(step, voice))
        reply = await agent.hear(words.text, words.confidence, words.keyphrases)
        told.append(f"{words.text} ({words.confidence:.2f}) -> {' '.join(reply.sentences)}")
        if reply.end:
            break
    return agent.result(), told


@by_name
def test_a_person_of_the_demo_gets_what_they_want(person: Person) -> None:
    result, told = asyncio.run(talk(person))
    assert result.disposition is INTENDED[person.behaviour], told


@pytest.mark.parametrize("voice", flite.VOICES)
@by_name
def test_short_words_may_be_said_by_another_voice(person: Person, voice: str) -> None:
    if not flite.installed(voice):
        pytest.skip("Flite is not installed to speak them")
    result, told = asyncio.run(talk(person, voice))
    assert result.disposition is INTENDED[person.behaviour], told


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_whatever_the_noise_sounds_like(seed: int) -> None:
    people = scenario.load(SIMULATOR / "scenarios" / "demo.yaml", Random(seed)).people.values()
    noisy = [person for person in people if person.noise and person.behaviour in INTENDED]
    assert noisy
    for person in noisy:
        result, told = asyncio.run(talk(person))
        assert result.disposition is INTENDED[person.behaviour], told


def test_all_kinds_of_people_are_there() -> None:
    assert {person.behaviour for person in talking} == INTENDED.keys()
