"""Pages of every list of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from media.simulator.calls.form import whole
from media.simulator.errors import ApiError

MAX_PAGE = 1000


class Listed(Protocol):
    """What stands in a list: something with an identifier."""

    @property
    def sid(self) -> str:
        """By which a page token names it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A resource as JSON, for a list of what is kept in no record of its own."""

    sid: str
    body: dict[str, object]


One = TypeVar("One", bound=Listed)


def page(
    items: Sequence[One], query: Mapping[str, str], path: str
) -> tuple[list[One], dict[str, object]]:
    """The items of one page, newest first, and the paging fields around them.

    `items` are in the order of their creation. Raises `ApiError` 20001 for an impossible size.
    """
    found = list(reversed(items))
    size, number = _whole(query, "PageSize", 50), _whole(query, "Page", 0)
    if not 1 <= size <= MAX_PAGE:
        raise ApiError(20001, f"PageSize must be between 1 and {MAX_PAGE}")
    start = _start(found, query, size, number)
    shown = found[start : start + size]

    def uri(index: int, token: str = "") -> str:
        keys = {**query, "PageSize": str(size), "Page": str(index)}
        keys.pop("PageToken", None)
        return f"{path}?{urlencode({**keys, 'PageToken': token} if token else keys)}"

    more = start + size < len(found)
    before = found[max(0, start - size) - 1].sid if start > size else ""
    fields: dict[str, object] = {
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{shown[-1].sid}") if more else None,
        "previous_page_uri": uri(number - 1, before and f"PA{before}") if number else None,
        "uri": uri(number, query.get("PageToken", "")),
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
    }
    return shown, fields


def _start(found: Sequence[Listed], query: Mapping[str, str], size: int, number: int) -> int:
    """A page token names the item after which the page begins, so new ones do not shift it."""
    token = query.get("PageToken", "")[2:]
    at = next((i + 1 for i, one in enumerate(found) if one.sid == token), None)
    return number * size if at is None else at


def _whole(query: Mapping[str, str], key: str, usual: int) -> int:
    given = whole(query.get(key, ""))
    return usual if given is None else given
