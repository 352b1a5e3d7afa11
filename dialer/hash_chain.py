"""How evidence is bound together: entries to the one before, bundles to all bundles before.

A bundle is a list of entries. Each carries the SHA-256 over the hash before it and its own
canonical JSON, so a changed entry is found. A seal binds the last sealed entry's hash to the
seals of all attempts before it, so a bundle that was written anew as a whole does not fit its
chain. Personal values stand in the entries as salted hashes only; the values themselves are kept
apart and may be erased without breaking anything.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

FORMAT = "dialer-evidence/1"
GENESIS = "0" * 64
COMMITMENT = "personal_sha256"
"""The key of an object that stands for a personal value: {"personal_sha256": ...}."""

Json = dict[str, Any]


def canonical(value: object) -> bytes:
    """The one way to write a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def commitment(salt: str, value: object) -> str:
    """The hash that stands for a personal value: SHA-256 over salt (hex text) and value."""
    return hashlib.sha256(salt.encode() + canonical(value)).hexdigest()


def entry_hash(previous: str, number: int, kind: str, sealed: bool, content: object) -> str:
    """The hash of an entry, bound to the hash before it."""
    body = canonical([number, kind, sealed, content])
    return hashlib.sha256(previous.encode() + body).hexdigest()


def seal_hash(previous_hash: str, bundle_sha256: str, attempt_id: str, serial: int) -> str:
    """SHA-256 over the four, written one after the other as text."""
    text = f"{previous_hash}{bundle_sha256}{attempt_id}{serial}"
    return hashlib.sha256(text.encode()).hexdigest()


def chained(
    parts: Iterable[tuple[str, object]], *, sealed: bool, after: Sequence[Json] = ()
) -> list[Json]:
    """Entries (kind, content) with their numbers and hashes, going on from `after`."""
    previous = after[-1]["sha256"] if after else GENESIS
    made: list[Json] = []
    for number, (kind, content) in enumerate(parts, start=len(after)):
        previous = entry_hash(previous, number, kind, sealed, content)
        made.append(
            {
                "number": number,
                "kind": kind,
                "sealed": sealed,
                "content": content,
                "sha256": previous,
            }
        )
    return made
