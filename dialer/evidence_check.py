"""Evidence files checked without a database: nothing but hashes, and which entry does not fit."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from dialer.hash_chain import (
    COMMITMENT,
    FORMAT,
    GENESIS,
    Json,
    canonical,
    commitment,
    entry_hash,
    seal_hash,
)

BUNDLE_KEYS = {"format", "attempt_id", "entries", "disclosed", "seal"}
ENTRY_KEYS = {"number", "kind", "sealed", "content", "sha256"}
SEAL_KEYS = {"serial", "attempt_id", "bundle_sha256", "previous_hash", "hash", "sealed_at"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one file: `faults` empty = everything fits; `notes` are no faults."""

    attempt_id: str
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Does everything fit?"""
        return not self.faults


def check(bundle: object, recording: Path | None = None) -> Checked:
    """Does everything in a bundle fit together, and with the recording's file if there is one?"""
    shape = _misshapen(bundle)
    if shape or not isinstance(bundle, dict):
        return Checked("", (shape or "this is no evidence bundle",))
    faults = [*_entries(bundle["entries"]), *_seal(bundle), *_disclosed(bundle)]
    notes = list(_notes(bundle))
    sealed_recording = _recording_sha256(bundle["entries"])
    if sealed_recording and recording is None:
        notes.append("the recording's file is not beside the bundle; it was not checked")
    if recording is not None and _file_sha256(recording) != sealed_recording:
        faults.append(f"{recording.name}: it is not the recording that was sealed")
    return Checked(str(bundle["attempt_id"]), tuple(faults), tuple(notes))


def check_chain(lines: Iterable[str]) -> tuple[dict[str, Json], list[str]]:
    """Seals (JSON lines, by serial) in unbroken order: those by attempt, and what does not fit."""
    seals: dict[str, Json] = {}
    faults: list[str] = []
    previous, serial = GENESIS, 0
    for position, line in enumerate(lines, start=1):
        seal = _parsed(line)
        if not _is_seal(seal):
            faults.append(f"line {position}: this is no seal")
            continue
        if seal["serial"] != serial + 1:
            faults.append(f"line {position}: seal {seal['serial']} follows seal {serial}")
        if seal["previous_hash"] != previous:
            faults.append(f"seal {seal['serial']}: it does not follow from the seal before it")
        if seal["hash"] != _expected(seal):
            faults.append(f"seal {seal['serial']}: it was altered")
        previous, serial = seal["hash"], seal["serial"]
        seals[seal["attempt_id"]] = seal
    return seals, faults


def _misshapen(bundle: object) -> str:
    """What keeps this from being a bundle at all; empty when nothing does."""
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        return f"this is no evidence bundle of the form {FORMAT}"
    if bundle.keys() != BUNDLE_KEYS:
        wrong = sorted(bundle.keys() ^ BUNDLE_KEYS)
        return f"the bundle has parts too many or too few: {', '.join(map(str, wrong))}"
    if not isinstance(bundle["entries"], list) or not bundle["entries"]:
        return "the bundle has no entries"
    if not isinstance(bundle["disclosed"], dict):
        return "the disclosed values are no object"
    try:
        canonical(bundle)
    except ValueError:
        return "the bundle holds values that JSON does not know, such as NaN"
    return ""


def _entries(entries: Sequence[Any]) -> Iterator[str]:
    """Each entry must follow from the one before it, as that is written or as it should be."""
    stated = expected = GENESIS
    for number, entry in enumerate(entries):
        name = _name(number, entry)
        if not isinstance(entry, dict) or entry.keys() != ENTRY_KEYS:
            yield f"{name}: it has parts too many or too few"
            return
        fits = [
            entry_hash(before, number, entry["kind"], entry["sealed"], entry["content"])
            for before in (stated, expected)
        ]
        moved = canonical(entry["number"]) != canonical(number)
        if moved or entry["sha256"] not in fits:
            yield f"{name}: it was altered, moved, or the one before it is missing"
        stated, expected = str(entry["sha256"]), fits[0]


def _seal(bundle: Json) -> Iterator[str]:
    """The seal must be whole, of this attempt, and of exactly the sealed entries."""
    seal, entries = bundle["seal"], bundle["entries"]
    if not _is_seal(seal):
        yield "seal: it is missing, or its parts are not those of a seal"
        return
    if seal["hash"] != _expected(seal):
        yield "seal: it was altered"
    sealed = [one for one in entries if isinstance(one, dict) and one.get("sealed") is True]
    if sealed != list(entries[: len(sealed)]):
        yield "seal: entries that were added later stand between sealed ones"
    if not sealed or sealed[-1].get("sha256") != seal["bundle_sha256"]:
        yield "seal: it was set on other entries than these"
    header = sealed[0].get("content") if sealed else None
    told = header if isinstance(header, dict) else {}
    for name in ("attempt_id", "sealed_at"):
        if told.get(name) != seal[name]:
            yield f"seal: its {name} is not that of entry 0"
    if bundle["attempt_id"] != seal["attempt_id"]:
        yield "seal: it belongs to another attempt"


def _disclosed(bundle: Json) -> Iterator[str]:
    """Every disclosed value must be the one that was sealed."""
    places = dict(_commitments(bundle["entries"]))
    for sealed_hash, shown in bundle["disclosed"].items():
        place = places.get(sealed_hash)
        if place is None:
            yield f"disclosed value {sealed_hash[:12]}: no entry speaks of it"
        elif not isinstance(shown, dict) or shown.keys() != {"salt", "value"}:
            yield f"{place}: the disclosed value has parts too many or too few"
        elif not isinstance(shown["salt"], str) or (
            commitment(shown["salt"], shown["value"]) != sealed_hash
        ):
            yield f"{place}: the disclosed value was altered"


def _notes(bundle: Json) -> Iterator[str]:
    entries = bundle["entries"]
    hidden = [place for one, place in _commitments(entries) if one not in bundle["disclosed"]]
    if hidden:
        yield f"erased or withheld: {', '.join(hidden)}"
    later = [_name(number, one) for number, one in enumerate(entries) if not _is_sealed(one)]
    if later:
        yield f"added after the sealing, not covered by the seal: {', '.join(later)}"


def _commitments(entries: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """All hashes of personal values with the place that they stand in, in words."""
    for number, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield from _within(entry.get("content"), _name(number, entry))


def _within(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.keys() == {COMMITMENT}:
            yield str(value[COMMITMENT]), place
            return
        for key, inner in value.items():
            yield from _within(inner, f"{place} {key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _within(inner, f"{place}[{index}]")


def _recording_sha256(entries: Sequence[Any]) -> str:
    for entry in entries:
        if isinstance(entry, Mapping) and entry.get("kind") == "conversation":
            content = entry.get("content")
            told = content.get("recording_sha256") if isinstance(content, Mapping) else None
            return str(told or "")
    return ""


def _is_seal(value: object) -> TypeGuard[Json]:
    return (
        isinstance(value, dict)
        and value.keys() == SEAL_KEYS
        and type(value["serial"]) is int
        and all(isinstance(value[name], str) for name in SEAL_KEYS - {"serial"})
    )


def _expected(seal: Json) -> str:
    return seal_hash(
        seal["previous_hash"], seal["bundle_sha256"], seal["attempt_id"], seal["serial"]
    )


def _name(number: int, entry: Any) -> str:
    kind = entry.get("kind") if isinstance(entry, dict) else None
    return f"entry {number} ({kind})" if isinstance(kind, str) else f"entry {number}"


def _is_sealed(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("sealed") is True


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
