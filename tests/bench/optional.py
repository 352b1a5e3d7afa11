"""What a bench can do without: packages that only measure, or that are rivals."""

import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec

_REMEDY = {
    "pesq": "pip install '.[pesq]' (needs a C compiler: apt-get install gcc)",
    "livekit": "pip install '.[bench]'",
    "noisereduce": "pip install '.[bench]'",
    "pystoi": "pip install '.[bench]'",
}


@cache
def installed(package: str) -> bool:
    """Whether the package is there; the first time that it is not, a note says what it takes."""
    if find_spec(package) is not None:
        return True
    print(f"left out what needs {package}: {_REMEDY[package]}", file=sys.stderr)
    return False


def engines(names: Iterable[str], make: Callable[[str], object]) -> list[str]:
    """Those of our engines that can be made here, in the same order; notes tell of the others."""
    found = []
    for name in names:
        try:
            make(name)
        except ValueError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            found.append(name)
    return found
