"""Spoken phrases kept as mu-law, in memory and on disk, so that no phrase is made twice."""

import hashlib
import tempfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

VERSION = "2"
"""Part of every key: raise it when rendering changes what a phrase sounds like."""


class PhraseCache:
    """Least recently used phrases go first, in memory and on disk alike.

    `directory` None keeps phrases in memory only. Several processes may share a directory: files
    appear whole or not at all. A disk that fails costs time, never a call.
    """

    def __init__(
        self, directory: Path | None, *, memory_bytes: int = 32 << 20, disk_bytes: int = 512 << 20
    ) -> None:
        self._directory = directory
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._on_disk = self._measure()

    @staticmethod
    def key(text: str, voice: str) -> str:
        """SHA-256 of what makes the sound: the text, the voice's name and the cache's version."""
        return hashlib.sha256("\0".join((text, voice, VERSION)).encode()).hexdigest()

    def get(self, text: str, voice: str) -> bytes | None:
        """The phrase as mu-law at 8 kHz, or None."""
        key = self.key(text, voice)
        ulaw = self._memory.get(key)
        if ulaw is not None:
            self._memory.move_to_end(key)
            return ulaw
        ulaw = self._read(key)
        if ulaw is not None:
            self._remember(key, ulaw)
        return ulaw

    def put(self, text: str, voice: str, ulaw: bytes) -> None:
        """Keep a phrase, whole."""
        key = self.key(text, voice)
        self._remember(key, ulaw)
        if self._directory is not None:
            with suppress(OSError):
                self._write(self._directory, key, ulaw)

    def _remember(self, key: str, ulaw: bytes) -> None:
        self._held += len(ulaw) - len(self._memory.pop(key, b""))
        self._memory[key] = ulaw
        while self._held > self._memory_bytes:
            _, oldest = self._memory.popitem(last=False)
            self._held -= len(oldest)

    def _read(self, key: str) -> bytes | None:
        if self._directory is None:
            return None
        path = self._directory / f"{key}.ul"
        try:
            ulaw = path.read_bytes()
            path.touch()
        except OSError:
            return None
        return ulaw

    def _write(self, directory: Path, key: str, ulaw: bytes) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=directory, suffix=".part", delete=False) as part:
            part.write(ulaw)
        Path(part.name).replace(directory / f"{key}.ul")
        self._on_disk += len(ulaw)
        if self._on_disk > self._disk_bytes:
            self._evict(directory)

    def _measure(self) -> int:
        if self._directory is None:
            return 0
        with suppress(OSError):
            return sum(path.stat().st_size for path in self._directory.glob("*.ul"))
        return 0

    def _evict(self, directory: Path) -> None:
        """Down to nine tenths of the limit, so that not every write has to look again."""
        files = [(path.stat(), path) for path in directory.glob("*.ul")]
        files.sort(key=lambda entry: entry[0].st_mtime_ns)
        self._on_disk = sum(stat.st_size for stat, _ in files)
        for stat, path in files:
            if self._on_disk <= self._disk_bytes * 9 // 10:
                return
            path.unlink(missing_ok=True)
            self._on_disk -= stat.st_size
