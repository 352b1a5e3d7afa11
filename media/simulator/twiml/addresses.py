"""Makes the addresses in verbs absolute, as the carrier does before it uses them."""

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar
from urllib.parse import urljoin

from media.simulator.twiml.verbs import ConnectStream, StartStream

_ADDRESSES = {
    "url",
    "action",
    "callback",
    "status_callback",
    "recording_callback",
    "wait_url",
}
_Value = TypeVar("_Value")


def absolute(value: _Value, base: str) -> _Value:
    """A verb, or a part of one, with its addresses relative to `base`, where the document is from.

    A stream's relative address becomes `wss://`. An empty address stays one for `wait_url`, where
    it means silence.
    """
    if isinstance(value, tuple):
        return tuple(absolute(one, base) for one in value)  # type: ignore[return-value] # same type
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {}
    for one in fields(value):
        old = getattr(value, one.name)
        if one.name in _ADDRESSES and isinstance(old, str):
            new = _joined(base, old, one.name == "wait_url")
            stream = one.name == "url" and isinstance(value, ConnectStream | StartStream)
            changes[one.name] = _socket(new) if stream else new
        else:
            changes[one.name] = absolute(old, base)
    return replace(value, **changes)


def _joined(base: str, address: str, empty_stays: bool) -> str:
    return address if empty_stays and not address else urljoin(base, address)


def _socket(address: str) -> str:
    scheme, colon, rest = address.partition(":")
    return f"wss:{rest}" if colon and scheme in {"http", "https"} else address
