"""The audio path against its targets and its rivals, topic by topic, each a module of its own."""

from collections.abc import Iterator
from importlib import import_module

from tests.bench.figure import Figure

TOPICS = (
    "codec",
    "chain",
    "echo",
    "noise",
    "concealment",
    "jitter",
    "vad",
    "memory",
    "call",
)


def measure() -> Iterator[Figure]:
    """All topics; `make bench PART=audio_echo` measures one alone."""
    for topic in TOPICS:
        yield from import_module(f"tests.bench.audio_{topic}").measure()
