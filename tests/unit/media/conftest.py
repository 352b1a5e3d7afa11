"""Recorded telephone speech for the tests of ears."""

from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[2] / "data" / "speech"


@pytest.fixture(scope="session")
def speech() -> dict[str, bytes]:
    """Name without suffix (words_of_the_sentence.voice) -> mu-law bytes, 8 kHz."""
    return {path.stem: path.read_bytes() for path in sorted(RECORDINGS.glob("*.ul"))}
