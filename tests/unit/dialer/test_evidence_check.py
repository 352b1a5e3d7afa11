"""Evidence files: whatever is changed in one is found, and the entry is named."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.evidence_check import check, check_chain
from dialer.hash_chain import (
    COMMITMENT,
    FORMAT,
    GENESIS,
    canonical,
    chained,
    commitment,
    seal_hash,
)

ATTEMPT = "0b6a4c1e-7d6c-4b5e-9f7a-3f1f2c9d8e7a"
SALT = "5a17" * 8
TRANSCRIPT = [{"speaker": "callee", "text": "stop calling me", "confidence": 0.9}]
SOUND = b"RIFF...."


def hidden(value: object) -> dict[str, str]:
    return {COMMITMENT: commitment(SALT, value)}


def shown(*values: object) -> dict[str, Any]:
    return {commitment(SALT, one): {"salt": SALT, "value": one} for one in values}


def a_seal(head: str, serial: int = 1, previous: str = GENESIS, attempt: str = ATTEMPT):
    return {
        "serial": serial,
        "attempt_id": attempt,
        "bundle_sha256": head,
        "previous_hash": previous,
        "hash": seal_hash(previous, head, attempt, serial),
        "sealed_at": "2026-11-24T18:00:00+00:00",
    }


def a_bundle() -> dict[str, Any]:
    header = {"attempt_id": ATTEMPT, "sealed_at": "2026-11-24T18:00:00+00:00"}
    recording = hashlib.sha256(SOUND).hexdigest()
    sealed = chained(
        [
            ("bundle", header),
            ("call", {"called_number": hidden("+12125550123"), "cost_micros": 0, "amd": None}),
            ("rule", {"id": "us-fl", "hours": {"mon": ["08:00-20:00"]}, "hard_block": False}),
            ("conversation", {"transcript": hidden(TRANSCRIPT), "recording_sha256": recording}),
        ],
        sealed=True,
    )
    later = chained([("carrier_price", {"price_micros": 7}), ("x", [])], sealed=False, after=sealed)
    return {
        "format": FORMAT,
        "attempt_id": ATTEMPT,
        "entries": [*sealed, *later],
        "disclosed": shown("+12125550123", TRANSCRIPT),
        "seal": a_seal(sealed[-1]["sha256"]),
    }


GOOD = a_bundle()
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.just(0.0)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, ...]] = [at]
    if isinstance(value, dict):
        return inner + [one for key in value for one in paths(value[key], (*at, key))]
    if isinstance(value, list):
        return inner + [one for key in range(len(value)) for one in paths(value[key], (*at, key))]
    return inner


def changed(bundle: Any, path: tuple[Any, ...], value: Any) -> Any:
    altered = copy.deepcopy(bundle)
    place = altered
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return altered


def test_an_untouched_bundle_verifies_and_tells_what_the_seal_does_not_cover() -> None:
    found = check(GOOD)
    assert found.good and found.attempt_id == ATTEMPT
    assert found.notes == (
        "added after the sealing, not covered by the seal: entry 4 (carrier_price), entry 5 (x)",
        "the recording's file is not beside the bundle; it was not checked",
    )


@given(st.sampled_from(paths(GOOD["entries"])[1:]), LEAVES)
def test_a_changed_entry_is_named(path: tuple[Any, ...], value: Any) -> None:
    altered = changed(GOOD, ("entries", *path), value)
    assume(canonical(altered) != canonical(GOOD))
    faults = check(altered).faults
    assert any(fault.startswith(f"entry {path[0]}") for fault in faults), faults
    if len(path) > 1 and path[1] in ("content", "sha256"):
        entries = {fault.split(":")[0].split(" (")[0] for fault in faults if "entry" in fault[:5]}
        assert entries == {f"entry {path[0]}"}


@given(st.sampled_from(paths(GOOD)[1:]), LEAVES)
def test_any_changed_value_anywhere_is_found(path: tuple[Any, ...], value: Any) -> None:
    altered = changed(GOOD, path, value)
    assume(canonical(altered) != canonical(GOOD))
    assume(not is_only_hidden(path, value))
    assert not check(altered).good


def is_only_hidden(path: tuple[Any, ...], value: Any) -> bool:
    """Values may be withheld; nothing else may be missing."""
    return path == ("disclosed",) and value == {}


@given(st.data())
def test_any_changed_byte_of_the_file_is_found(data: st.DataObject) -> None:
    text = canonical(GOOD).decode()
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    altered = text[:at] + sign + text[at + 1 :]
    try:
        value = json.loads(altered)
    except ValueError:
        return
    assume(canonical(value) != canonical(GOOD))
    assert not check(value).good


@given(st.permutations(range(6)), st.sets(st.integers(0, 5), max_size=3))
def test_entries_cannot_be_moved_or_left_out(order: list[int], without: set[int]) -> None:
    kept = [GOOD["entries"][one] for one in order if one not in without]
    assume(kept != GOOD["entries"][: len(kept)])
    assert not check({**GOOD, "entries": kept}).good


def test_sealed_entries_cannot_be_cut_off() -> None:
    for length in (1, 2, 3):
        assert (
            "seal: it was set on other entries than these"
            in check({**GOOD, "entries": GOOD["entries"][:length]}).faults
        )


def test_a_bundle_rewritten_as_a_whole_does_not_fit_its_seal() -> None:
    parts = [(one["kind"], one["content"]) for one in GOOD["entries"][:4]]
    parts[1] = ("call", {"called_number": "+13055550100"})
    faults = check({**GOOD, "entries": chained(parts, sealed=True)}).faults
    assert faults[0] == "seal: it was set on other entries than these"


def test_erased_values_leave_the_chain_whole() -> None:
    found = check({**GOOD, "disclosed": {}})
    assert found.good
    assert found.notes[0] == (
        "erased or withheld: entry 1 (call) called_number, entry 3 (conversation) transcript"
    )


def test_an_altered_transcript_is_named() -> None:
    sealed = commitment(SALT, TRANSCRIPT)
    altered = changed(GOOD, ("disclosed", sealed, "value", 0, "text"), "call me any time")
    assert check(altered).faults == (
        "entry 3 (conversation) transcript: the disclosed value was altered",
    )


@pytest.mark.parametrize(("sound", "good"), [(SOUND, True), (b"other", False)])
def test_the_recording_beside_it_is_checked(tmp_path: Path, sound: bytes, good: bool) -> None:
    file = tmp_path / f"{ATTEMPT}.wav"
    file.write_bytes(sound)
    assert check(GOOD, file).good is good


NAN = {**GOOD, "attempt_id": float("nan")}


@pytest.mark.parametrize("value", [None, [], "x", {}, {"format": FORMAT}, {**GOOD, "more": 1}, NAN])
def test_what_is_no_bundle_is_said_to_be_none(value: object) -> None:
    assert not check(value).good


def a_chain(length: int) -> list[dict[str, Any]]:
    seals: list[dict[str, Any]] = []
    for serial in range(1, length + 1):
        previous = seals[-1]["hash"] if seals else GENESIS
        seals.append(a_seal(f"{serial:064}", serial, previous, f"attempt-{serial}"))
    return seals


def lines(seals: list[dict[str, Any]]) -> list[str]:
    return [canonical(one).decode() for one in seals]


def test_an_unbroken_chain_verifies() -> None:
    seals, faults = check_chain(lines(a_chain(4)))
    assert not faults and len(seals) == 4


@given(
    st.integers(0, 3),
    st.sampled_from(["serial", "attempt_id", "bundle_sha256", "previous_hash", "hash"]),
    st.text(max_size=3) | st.integers(0, 9),
)
def test_a_changed_seal_is_named(index: int, name: str, value: object) -> None:
    seals = a_chain(4)
    assume(seals[index][name] != value)
    seals[index][name] = value
    _, faults = check_chain(lines(seals))
    assert any(f"line {index + 1}" in one or f"seal {index + 1}:" in one for one in faults)


@given(st.integers(0, 2))
def test_a_seal_left_out_breaks_the_chain(index: int) -> None:
    seals = a_chain(4)
    del seals[index]
    _, faults = check_chain(lines(seals))
    assert any(f"follows seal {index}" in one for one in faults)
