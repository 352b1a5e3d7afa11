"""Text files of numbers and consents, line by line whatever their size."""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dialer.errors import InputError

BLOCK_BYTES = 1 << 20


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes. Raises `InputError` when it cannot be read."""
    try:
        with path.open("rb") as stream:
            stream.peek(1)
            yield stream
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", "Give the path of a text file"
        ) from None


def sha256(stream: BinaryIO) -> str:
    """The digest of the whole file, which is then at its beginning again."""
    digest = hashlib.sha256()
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """The lines. Raises `InputError` at the first byte that is not UTF-8."""
    reader = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    try:
        yield from reader
    except UnicodeDecodeError:
        raise InputError(f"{name} cannot be read: it is not UTF-8", "Save it as UTF-8") from None
    finally:
        reader.detach()
