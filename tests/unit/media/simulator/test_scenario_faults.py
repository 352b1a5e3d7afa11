"""Mistakes in a scenario are told with line, key and remedy; what the documentation says is so."""

import json
import re
import wave
from pathlib import Path
from random import Random

import jsonschema
import pytest
import yaml

from media.simulator.__main__ import arguments
from media.simulator.people import scenario, speech
from media.simulator.people.marked_yaml import ScenarioError
from media.simulator.people.scenario import parse

PEOPLE = Path(scenario.__file__).parent
DOCUMENT = PEOPLE.parents[2] / "docs" / "scenarios.md"
SCHEMA = json.loads((PEOPLE / "scenario.schema.json").read_text(encoding="utf-8"))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def fault(callee: str) -> ScenarioError:
    """The error of a callee; its first key is in line 3."""
    lines = "\n".join(f"    {line}" for line in callee.splitlines())
    with pytest.raises(ScenarioError) as caught:
        parse(f'callees:\n  "+12125550101":\n{lines}\n', Random(1))
    return caught.value


@pytest.mark.parametrize(
    ("callee", "line", "key", "remedy"),
    [
        ("rnig_s: 3", 3, "rnig_s", "did you mean ring_s?"),
        ("name: Ann\nname: Bob", 4, "name", "stands here twice; remove one"),
        ("pickup: bussy", 3, "pickup", "did you mean busy?"),
        ("pickup: yes", 3, "pickup", 'write "yes" in quotes'),
        ("name: 2026-01-01", 3, "name", "in quotes"),
        ("name:", 3, "name", "is empty"),
        ("ring_s: '3'", 3, "ring_s", "without quotes"),
        ("ring_s: 601", 3, "ring_s", "between 0 and 600"),
        ("script: slt-yes", 3, "script", "must be a list"),
        ("script:\n- greet: slt-helo", 4, "greet", "did you mean slt-hello?"),
        ("script:\n- greet: {text: '...'}", 4, "greet.text", "write English words"),
        ("script:\n- greet: {text: yes}", 4, "greet.text", "in quotes"),
        ("script:\n- greet: {text: a, wav: b}", 4, "greet", "needs exactly one of"),
        ("script:\n- greet: {pause_ms: 30}", 4, "pause_ms", "unknown key"),
        ("script:\n- greet: {wav: a.wav, voice: rms}", 4, "voice", "with `text:` alone"),
        ("script:\n- greet: []", 4, "greet", "at least one part"),
        ("script:\n- hang_up: soon", 4, "hang_up", "must be `now`, or milliseconds"),
        ("script:\n- {say: slt-yes, beep: 200}", 4, "script[1]", "exactly one of"),
        ("script:\n- press: '12x'", 4, "press", "0-9 * # A-D"),
        ("script:\n- {reply: slt-yes, spurts: 1.5}", 4, "spurts", "whole number"),
        ("noise: {kind: car}", 3, "noise", "either `dbfs:`"),
        ("noise: {dbfs: -30}", 3, "noise", "white, hum, car"),
        ("noise:\n- {kind: cars, dbfs: -30}", 4, "noise[1].kind", "did you mean car?"),
        ("backchannel: {say: []}", 3, "say", "remove `backchannel:`"),
        ("reactions:\n- {reply: slt-yes}", 4, "reactions[1]", "either `hears:`"),
        (
            "reactions:\n- {hears: a, keys: '1', say: slt-yes}",
            4,
            "reactions[1]",
            "either `hears:`",
        ),
        ("reactions:\n- {hears: a}", 4, "reactions[1]", "give it a verb"),
        (
            "reactions:\n- {hears: a, say: slt-yes, reply: slt-yes}",
            4,
            "reactions[1]",
            "under `do:`",
        ),
        ("reactions:\n- {hears: a, do: [], after_ms: 3}", 4, "after_ms", "into the step"),
        ("reactions:\n- {hears: [], say: slt-yes}", 4, "hears", "empty list"),
        ("reactions:\n- {hears: '?', say: slt-yes}", 4, "hears", "write English words"),
        (
            "reactions:\n- {hears: a, set: asked}\n- {hears: b, if: askd, say: slt-yes}",
            5,
            "reactions[2]",
            "did you mean asked?); add `set: askd`",
        ),
        ("reactions:\n- {hears: a, set: two words}", 4, "set", "a flag is a name"),
        ("voicemail: {greet: slt-yes}", 3, "greet", "did you mean greeting?"),
        ("voicemail: {beep_ms: 3}", 3, "voicemail", "needs a `greeting:`"),
        ("voicemail: {greeting: slt-yes}\nscript: []", 4, "script", "remove one"),
        ("fax: ced\nvoicemail: {greeting: slt-yes}", 3, "", "keep one of them"),
        ("fax: modem", 3, "fax", "must be one of ced, cng"),
        ("ivr: {menu: slt-yes, keys: {'11': {}}}", 3, "keys.11", "unknown key"),
        ("screening: {prompt: slt-yes, then: conect}", 3, "then", "did you mean connect?"),
    ],
)
def test_a_mistake_names_line_key_and_remedy(callee: str, line: int, key: str, remedy: str) -> None:
    error = fault(callee)
    assert error.line == line, str(error)
    assert error.key.endswith(key) and remedy in str(error), str(error)


def test_defaults_are_checked_though_nobody_uses_them() -> None:
    with pytest.raises(ScenarioError, match=r"line 1, defaults\.ring_s"):
        parse("defaults: {ring_s: soon}", Random(1))


def test_seventeen_flags_are_too_many() -> None:
    flags = ", ".join(f"f{n}" for n in range(17))
    assert "16 are the most" in str(fault(f"reactions:\n- {{hears: a, set: [{flags}]}}"))


def test_three_minutes_are_no_utterance() -> None:
    pauses = ", ".join(["{pause_ms: 60000}"] * 3)
    assert "two minutes" in str(fault(f"script:\n- say: [{pauses}]"))


def test_anchors_and_merges_work() -> None:
    people = parse(
        'callees:\n  "+12125550101": &ann {ring_s: 9, name: Ann}\n'
        '  "+12125550102": {<<: *ann, name: Bob}\n',
        Random(1),
    ).people
    assert people["+12125550102"].ring_s == 9 and people["+12125550102"].name == "Bob"


# ---- --check


def test_check_lists_the_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "people.yaml"
    path.write_text('callees:\n  "+12125550101": {name: Ann, script: [greet: slt-hello]}\n')
    with pytest.raises(SystemExit) as ended:
        arguments(["--check", str(path)])
    assert not ended.value.code
    head, ann, unknown, count = capsys.readouterr().out.splitlines()
    assert head.startswith("number") and count == "1 callees"
    assert ann.split()[:3] == ["+12125550101", "Ann", "-"] and "slt-hello" in ann
    assert unknown.startswith("unknown") and "rings out" in unknown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"callees:\n  '+1': {ring: 3}", "line 2, callees.+1.ring: unknown key (did you mean"),
        (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_check_ends_with_2_where_the_file_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes | None, told: str
) -> None:
    path = tmp_path / "people.yaml"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(SystemExit) as ended:
        arguments(["--check", str(path)])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


# ---- the documentation


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_documentation_works(text: str, tmp_path: Path) -> None:
    for path in re.findall(r"wav: ([\w/.]+)", text):
        (tmp_path / path).parent.mkdir()
        with wave.open(str(tmp_path / path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", "NONE"))
            file.writeframes(bytes(3200))
    parse(text, Random(1), tmp_path)
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(text))


def test_the_documentation_names_every_key_of_the_schema() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    def keys(schema: object) -> set[str]:
        if isinstance(schema, list):
            return {key for one in schema for key in keys(one)}
        if not isinstance(schema, dict):
            return set()
        own = set(schema.get("properties", {}))
        return own | {key for value in schema.values() for key in keys(value)}

    missing = {key for key in keys(SCHEMA) if not re.search(rf"\b{key}\b", text)}
    assert missing == set()


def test_recordings_that_the_documentation_names_are_there() -> None:
    named = re.findall(r"\b(?:slt|rms|awb|kal16)-[a-z-]+", DOCUMENT.read_text(encoding="utf-8"))
    assert set(named) <= set(speech.recordings())
