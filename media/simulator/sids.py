"""Identifiers as the carrier makes them: two letters and 32 hexadecimal digits."""

from random import Random  # noqa: TID251 - the generator is passed in by the one who starts the run


def new_sid(prefix: str, rng: Random) -> str:
    """For example `CA` + 32 hex digits."""
    return f"{prefix}{rng.getrandbits(128):032x}"


def sid_of(prefix: str, name: str) -> str:
    """The same identifier for the same name, as for a telephone number's `PN...`."""
    return f"{prefix}{Random(name).getrandbits(128):032x}"
