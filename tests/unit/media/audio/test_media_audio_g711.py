"""G.711 against the standard's own tables and the reference code, on every input there is."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from media.audio import g711

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

EVERY_SAMPLE = np.arange(65536, dtype="<u2").tobytes()
EVERY_CODE = bytes(range(256))

TABLE_2 = ((0, 1, 1), (1, 2, 15), (31, 4, 16), (95, 8, 16), (223, 16, 16), (479, 32, 16),
           (991, 64, 16), (2015, 128, 16), (4063, 256, 16))  # fmt: skip
"""ITU-T G.711, Tables 2a and 2b: decision value at which a segment begins, the size of its
intervals, how many; from zero outwards, uniform values of 14 bits with their sign."""
BORDERS = [first + size * n for first, size, count in TABLE_2 for n in range(count)]
VALUES = [0] + [
    (low + high) // 2 for low, high in zip(BORDERS[1:], [*BORDERS[2:], 8159], strict=True)
]
"""Decision value x(n) and decoder output value y(n) of the intervals, 0 to 127."""


def test_the_table_is_the_standards() -> None:
    assert len(BORDERS) == len(VALUES) == 128
    assert [VALUES[n] for n in (127, 112, 96, 80, 64, 48, 32, 16, 1)] == [
        8031, 4191, 2079, 1023, 495, 231, 99, 33, 2,
    ]  # fmt: skip


def test_encodes_every_sample_as_the_table_says() -> None:
    samples = np.arange(65536, dtype="<u2").view("<i2").astype(int) >> 2
    interval = np.searchsorted(BORDERS, np.abs(samples), side="right") - 1
    expected = np.where(samples < 0, 0x7F - interval, 0xFF - interval).astype(np.uint8)
    assert g711.encode(EVERY_SAMPLE) == expected.tobytes()


def test_decodes_every_code_as_the_table_says() -> None:
    negative = [-4 * VALUES[0x7F - code] for code in range(0x80)]
    positive = [4 * VALUES[0xFF - code] for code in range(0x80, 0x100)]
    assert g711.decode(EVERY_CODE) == np.array(negative + positive, dtype="<i2").tobytes()


def test_agrees_with_the_standard_library() -> None:
    assert g711.encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE, 2)
    assert g711.decode(EVERY_CODE) == audioop.ulaw2lin(EVERY_CODE, 2)


def test_a_second_passage_changes_nothing() -> None:
    once = g711.encode(EVERY_SAMPLE)
    assert g711.encode(g711.decode(once)) == once.replace(b"\x7f", b"\xff")
    assert g711.encode(g711.decode(EVERY_CODE)) == EVERY_CODE.replace(b"\x7f", b"\xff")


def test_the_silence_byte_is_zero_both_ways() -> None:
    assert g711.decode(bytes([g711.SILENCE])) == b"\0\0"
    assert g711.encode(b"\0\0") == bytes([g711.SILENCE])


def test_nothing_is_nothing_and_a_view_is_read_in_place() -> None:
    assert g711.encode(b"") == g711.decode(b"") == b""
    assert g711.decode(memoryview(EVERY_CODE)[8:16]) == g711.decode(EVERY_CODE[8:16])


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        g711.encode(b"\0\0\0")


def test_no_user_sees_the_deprecation_warning() -> None:
    command = [sys.executable, "-W", "error", "-c", "import media.audio.g711"]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""
