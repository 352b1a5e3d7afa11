"""The JSON schema of scenario files and their reader accept and refuse the same documents."""

import copy
import json
from pathlib import Path
from random import Random

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from media.simulator.people import scenario
from media.simulator.people.marked_yaml import ScenarioError
from media.simulator.people.reading import callees, steps
from media.simulator.people.reading.utterances import Tone
from media.simulator.people.script import Pickup
from media.simulator.people.sound.filters import LineKind
from media.simulator.people.sound.noise import NoiseKind

PEOPLE = Path(scenario.__file__).parent
SHIPPED = sorted((PEOPLE.parent / "scenarios").glob("*.yaml"))
SCHEMA = json.loads((PEOPLE / "scenario.schema.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)
WHOLE = """
seed: 7
defaults: {ring_s: 2, reaction_ms: 800, sip_code: 480}
unknown: {pickup: failed}
callees:
  "+12125550101":
    name: Ann
    behaviour: books
    pickup: answer
    voice: slt
    speed: 1.0
    patience_s: 20
    spurt_gap_ms: 500
    loud_dbfs: -45
    hang_up_after_ms: 60000
    network: {jitter_ms: 30, stalls: {every_s: 5, ms: [200, 900]}, loss: 0.1, stop: false}
    backchannel: {say: [slt-okay], after_ms: 900, every_ms: 2000}
    script:
      - greet: slt-hello
        after_ms: 400
      - reply: [slt-yes, {pause_ms: 300}, {recording: slt-sure, cut_ms: 500}]
        spurts: 2
      - interrupt: {tone: beep, ms: 100}
      - listen: 1
      - wait_ms: 200
      - press: "12#"
      - beep: 200
      - hang_up: 1500
        utterance: 2
    reactions:
      - {hears: [a house, price], reply: slt-yes, once: true, priority: 3, set: asked}
      - {hears: stop, if: asked, unless: [done], do: [{say: slt-bye}, {hang_up: now}]}
      - {keys: ["1", "#"], script: [], set: done, clear: asked}
    default: slt-yes
  "+12125550102":
    voicemail: {greeting: slt-hello, after_ms: 1, pause_ms: 2, beep_ms: 200, beep_hz: 900}
  "+12125550103":
    screening: {prompt: slt-hello, thanks: slt-okay, hold_ms: 100, then: decline, declined: slt-bye}
  "+12125550104":
    ivr:
      menu: slt-hello
      wait_ms: 3000
      repeats: 1
      keys: {"1": {say: slt-yes, then: menu}, "#": {then: connect}}
      wrong: slt-okay
      goodbye: slt-bye
  "+12125550105": {fax: cng}
"""
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 700),
    st.sampled_from([0.5, -33.3, 1e7, -1e7]),
    st.sampled_from(["", "!?", "now", "slt-yes", "12", "answer", "hum", "decline", "a house"]),
    st.sampled_from([[], {}, ["slt-yes"], [["slt-yes"]], {"text": "yes"}, {"say": "slt-yes"}]),
    st.sampled_from([{"hang_up": "now"}, [{"reply": "slt-yes"}], {"pause_ms": 50}]),
)
KEYS = sorted(
    {"ring_s", "script", "voicemail", "fax", "reply", "after_ms", "hears", "keys", "then", "say"}
    | {"text", "tone", "pause_ms", "do", "hang_up", "noise", "kind", "full", "rings", "seed"}
)


def accepted(text: str) -> ScenarioError | None:
    try:
        scenario.parse(text, Random(1))
    except ScenarioError as error:
        return error
    return None


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every path into a document."""
    inside = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(deeper for key, one in inside for deeper in places(one, (*path, key)))]


DOCUMENT = yaml.safe_load(WHOLE)
PLACES = [path for path in places(DOCUMENT) if path]


def beyond_a_schema(error: ScenarioError) -> bool:
    """What depends on the recordings that there are, or on other parts of the file."""
    return any(words in str(error) for words in ("no recording", "sets the flag", "goes with `tex"))


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """The document with one to three values changed, removed or added."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES))
        at = document
        try:
            for key in path[:-1]:
                at = at[key]
            how = draw(st.sampled_from(["change", "remove", "add"]))
            if how == "change":
                at[path[-1]] = draw(VALUES)
            elif how == "remove":
                del at[path[-1]]
            elif isinstance(at[path[-1]], dict):
                at[path[-1]][draw(st.sampled_from(KEYS))] = draw(VALUES)
        except (KeyError, IndexError, TypeError):
            assume(False)
    return document


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_ships_is_valid_under_both(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [error.message for error in VALID.iter_errors(yaml.safe_load(text))] == []
    assert accepted(text) is None


def test_the_document_that_is_changed_here_has_every_part_of_the_format() -> None:
    assert VALID.is_valid(DOCUMENT)
    assert accepted(WHOLE) is None


def test_both_know_the_same_keys() -> None:
    parts = SCHEMA["$defs"]
    assert set(parts["callee"]["properties"]) == callees.SHARED | callees.OWN
    assert set(SCHEMA["properties"]["defaults"]["properties"]) == callees.SHARED
    assert set(parts["step"]["properties"]) == steps.VERBS | {"after_ms", "spurts", "utterance"}
    assert set(parts["noise"]["properties"]["kind"]["enum"]) == set(NoiseKind)
    assert set(parts["callee"]["properties"]["line"]["enum"]) == set(LineKind)
    assert set(parts["source"]["properties"]["tone"]["enum"]) == set(Tone)
    assert set(parts["callee"]["properties"]["pickup"]["enum"]) == set(Pickup)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(mutated())
def test_what_one_refuses_the_other_refuses(document: object) -> None:
    error = accepted(yaml.safe_dump(document, sort_keys=False))
    if error is not None and beyond_a_schema(error):
        return
    by_schema = next(VALID.iter_errors(document), None)
    assert (error is None) == (by_schema is None), (error, by_schema and by_schema.message)
    if error is not None:
        assert error.line >= 1 and str(error)
