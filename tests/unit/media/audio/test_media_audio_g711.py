"""G.711 against the standard library's implementation, on every input there is."""

import audioop

import numpy as np
import pytest

from media.audio import g711

EVERY_SAMPLE = np.arange(65536, dtype="<u2").tobytes()
EVERY_CODE = bytes(range(256))


def test_encodes_every_sample_as_the_reference_does() -> None:
    assert g711.encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE, 2)


def test_decodes_every_code_as_the_reference_does() -> None:
    assert g711.decode(EVERY_CODE) == audioop.ulaw2lin(EVERY_CODE, 2)


def test_the_silence_byte_is_zero_both_ways() -> None:
    assert g711.decode(bytes([g711.SILENCE])) == b"\0\0"
    assert g711.encode(b"\0\0") == bytes([g711.SILENCE])


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError):
        g711.encode(b"\0")
