"""Machine detection on made sounds and on everybody who ships."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import media.simulator
from media.audio import g711
from media.simulator.amd.detector import Detector, Found
from media.simulator.amd.mistakes import mistaken
from media.simulator.people import scenario, speech
from media.simulator.people.callee import Callee
from media.simulator.people.reactions import deaf
from media.simulator.people.script import Person, Pickup
from media.simulator.playout.playback import SILENCE
from media.simulator.records.request import MachineDetection

SCENARIOS = Path(media.simulator.__file__).parent / "scenarios"
PEOPLE = [
    person
    for path in sorted(SCENARIOS.glob("*.yaml"))
    for person in scenario.load(path, Random(1)).people.values()
    if person.pickup is Pickup.ANSWER
]
MACHINES = {
    "voicemail",
    "voicemail without a beep",
    "mailbox full",
    "call screening",
    "menu",
    "business",
    "not in service",
}


def voice(ms: int) -> bytes:
    """Syllables: 140 ms loud, 60 ms soft, the last one loud to its end; no steady tone."""
    syllable = speech_noise(-20.0, 140) + speech_noise(-60.0, 60)
    sound = syllable * (ms // 200 + 1)
    return sound[8 * (200 - ms % 200) % 1600 :][: 8 * ms - 160] + speech_noise(-20.0, 20)


def speech_noise(dbfs: float, ms: int) -> bytes:
    return g711.encode(speech.noise(Random(ms), dbfs, ms))


def quiet(ms: int) -> bytes:
    return b"\xff" * (8 * ms)


def detect(sound: bytes, **settings: object) -> tuple[Found | None, int]:
    detector = Detector(MachineDetection(**settings))
    for at in range(0, len(sound) - 159, 160):
        if detector.feed(sound[at : at + 160]):
            break
    return detector.found, detector.elapsed_ms


@pytest.mark.parametrize(
    ("sound", "end", "expected"),
    [
        (quiet(500) + voice(800) + quiet(3000), False, (Found.HUMAN, 2500)),
        (quiet(500) + voice(4000) + quiet(3000), False, (Found.MACHINE_START, 2940)),
        (quiet(9000), False, (Found.UNKNOWN, 5000)),
        (quiet(500) + voice(4000) + quiet(9000), True, (Found.MACHINE_END_SILENCE, 6500)),
        (quiet(500) + voice(40_000), True, (Found.MACHINE_END_OTHER, 30_000)),
        (quiet(9000), True, (Found.UNKNOWN, 5000)),
        (quiet(300) + speech.tone(3000, 2100), False, (Found.FAX, 700)),
        (quiet(300) + speech.tone(500, 1100) + quiet(3000), True, (Found.FAX, 700)),
    ],
)
def test_what_is_found_and_when(sound: bytes, end: bool, expected: tuple[Found, int]) -> None:
    assert detect(sound, message_end=end) == expected


def test_the_beep_ends_a_greeting_and_a_pause_in_it_does_not() -> None:
    greeting = quiet(300) + voice(2600) + quiet(900) + voice(1500) + quiet(700)
    found, at_ms = detect(greeting + speech.tone(400) + quiet(3000), message_end=True)
    assert found is Found.MACHINE_END_BEEP
    assert 6000 + 180 <= at_ms <= 6000 + 240


def test_the_thresholds_are_those_of_the_request() -> None:
    business = quiet(300) + voice(2700) + quiet(4000)
    assert detect(business)[0] is Found.MACHINE_START
    assert detect(business, speech_threshold_ms=3000)[0] is Found.HUMAN
    slow = quiet(300) + voice(500) + quiet(1500) + voice(900) + quiet(4000)
    assert detect(slow) == (Found.HUMAN, 2000)
    assert detect(slow, speech_end_threshold_ms=2000)[0] is Found.MACHINE_START
    assert detect(quiet(9000), silence_timeout_ms=2000) == (Found.UNKNOWN, 2000)


@given(st.lists(st.tuples(st.sampled_from(["voice", "quiet"]), st.integers(1, 40)), max_size=30))
def test_one_verdict_at_most_and_only_what_the_mode_can_say(parts: list[tuple[str, int]]) -> None:
    frames = {"voice": speech_noise(-20.0, 20), "quiet": quiet(20)}
    for end in (False, True):
        detector = Detector(MachineDetection(message_end=end))
        said = [detector.feed(frames[kind]) for kind, count in parts for _ in range(count)]
        verdicts = {one for one in said if one is not None}
        assert len(verdicts) <= 1
        assert not verdicts or said[-1] is not None, "it stands once it is given"
        assert end or not any(one.startswith("machine_end") for one in verdicts)
        assert not end or Found.MACHINE_START not in verdicts


def judged(person: Person, *, end: bool = False) -> Found | None:
    callee, detector = Callee(person, deaf), Detector(MachineDetection(message_end=end))
    for _ in range(1600):
        said = callee.step(SILENCE)
        if detector.feed(said.frame) or said.hung_up:
            break
    return detector.found


def test_on_clean_lines_nobody_who_ships_is_taken_for_another() -> None:
    clean = [one for one in PEOPLE if not one.noise]
    assert len(clean) > 40
    for person in clean:
        expected = {Found.HUMAN, Found.UNKNOWN}
        if person.behaviour in MACHINES:
            expected = {Found.MACHINE_START}
        elif person.behaviour == "fax":
            expected = {Found.FAX}
        assert judged(person) in expected, person.name


def test_the_end_of_every_greeting_is_found() -> None:
    for person in PEOPLE:
        if person.behaviour == "voicemail":
            assert judged(person, end=True) is Found.MACHINE_END_BEEP, person.name
        if person.behaviour == "voicemail without a beep":
            assert judged(person, end=True) is Found.MACHINE_END_SILENCE, person.name


@given(st.sampled_from(Found), st.booleans(), st.floats(0, 1), st.integers(0, 10**6))
def test_mistakes_come_as_often_as_told(found: Found, end: bool, rate: float, seed: int) -> None:
    assert mistaken(found, {}, end, Random(seed)) is found
    wrong = mistaken(found, {found.value: 1.0}, end, Random(seed))
    assert wrong is not found
    assert end or not wrong.startswith("machine_end")
    rng = Random(seed)
    mistakes = sum(mistaken(found, {found.value: rate}, end, rng) is not found for _ in range(400))
    assert abs(mistakes / 400 - rate) < 0.15
