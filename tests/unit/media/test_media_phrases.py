"""The phrase cache: kept, shared, bounded, and never in the way."""

import os
from pathlib import Path

from media.phrases import PhraseCache


def test_phrases_are_found_by_text_and_voice() -> None:
    cache = PhraseCache(None)
    cache.put("Hello.", "flite:slt", b"slt")
    assert cache.get("Hello.", "flite:slt") == b"slt"
    assert cache.get("Hello.", "flite:rms") is None
    assert cache.get("Hello", "flite:slt") is None
    assert PhraseCache.key("a", "bc") != PhraseCache.key("ab", "c")


def test_another_process_finds_them_on_disk(tmp_path: Path) -> None:
    PhraseCache(tmp_path / "phrases").put("Hello.", "v", b"ulaw")
    assert PhraseCache(tmp_path / "phrases").get("Hello.", "v") == b"ulaw"
    assert [path.suffix for path in (tmp_path / "phrases").iterdir()] == [".ul"]


def test_memory_forgets_the_least_recently_used() -> None:
    cache = PhraseCache(None, memory_bytes=30)
    for text in "abc":
        cache.put(text, "v", b"x" * 10)
    cache.get("a", "v")
    cache.put("d", "v", b"x" * 10)
    assert [cache.get(text, "v") is not None for text in "abcd"] == [True, False, True, True]


def test_disk_forgets_the_oldest_and_stays_below_its_limit(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, memory_bytes=0, disk_bytes=100)
    for index in range(30):
        cache.put(str(index), "v", b"x" * 10)
        os.utime(tmp_path / f"{PhraseCache.key(str(index), 'v')}.ul", (index, index))
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 100
    assert cache.get("29", "v") is not None and cache.get("0", "v") is None


def test_a_disk_that_fails_costs_no_phrase(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    cache = PhraseCache(blocked / "phrases")
    cache.put("Hello.", "v", b"ulaw")
    assert cache.get("Hello.", "v") == b"ulaw"
