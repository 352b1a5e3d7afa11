"""An uploaded file of leads as text: its bytes are checked to the last before any is kept."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from dialer import lead_csv
from dialer.errors import InputError

CHUNK_BYTES = 1 << 20


def inspected(filename: str, stream: BinaryIO) -> list[bytes]:
    """The file in chunks, if it can be used at all. Raises `InputError` as `upload` does."""
    chunks = list(iter(lambda: stream.read(CHUNK_BYTES), b""))
    if not any(chunk.strip() for chunk in chunks):
        raise InputError(f"{filename} is empty", "Its first line must name the columns")
    if next(lead_csv.read(lines(chunks, filename)), None) is None:
        raise InputError(f"{filename} has a header but no rows", "Add one line per lead")
    return chunks


def lines(chunks: list[bytes], filename: str) -> Iterator[str]:
    """The lines of a file in chunks. Raises `InputError` at the first byte that is not UTF-8."""
    return _lines(_decoded(chunks, filename))


def _decoded(chunks: list[bytes], filename: str) -> Iterator[str]:
    """The chunks as text, checked to the last byte before anything is kept."""
    if chunks and chunks[0][:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise InputError(f"{filename} is UTF-16", "Save it as CSV UTF-8")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    parts, offset = [], 0
    for chunk in [*chunks, b""]:
        try:
            parts.append(decoder.decode(chunk, final=not chunk))
        except UnicodeDecodeError as error:
            wrong = f"byte {offset + error.start} is {error.object[error.start]:#04x}"
            raise InputError(
                f"{filename} is not UTF-8: {wrong}",
                "Save it as CSV UTF-8 (in Excel: 'CSV UTF-8 (comma delimited)')",
            ) from None
        offset += len(chunk)
    return iter(parts)


def _lines(parts: Iterator[str]) -> Iterator[str]:
    """Lines over the borders of the parts."""
    rest = ""
    for part in parts:
        *whole, rest = (rest + part).split("\n")
        for line in whole:
            yield line + "\n"
    if rest:
        yield rest
