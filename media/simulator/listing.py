"""Filters and pages of `GET Calls.json`."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from media.simulator.call import Call
from media.simulator.errors import ApiError

MAX_PAGE = 1000
_DAY = timedelta(days=1)


def page(
    calls: Iterable[Call], query: Mapping[str, str], path: str
) -> tuple[list[Call], dict[str, object]]:
    """The calls of one page, newest first, and the paging fields around them."""
    found = [call for call in calls if matches(call, query)]
    found.reverse()
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


def _start(found: list[Call], query: Mapping[str, str], size: int, number: int) -> int:
    """A page token names the call after which the page begins, so new calls do not shift it."""
    token = query.get("PageToken", "")[2:]
    at = next((i + 1 for i, call in enumerate(found) if call.sid == token), None)
    return number * size if at is None else at


def _whole(query: Mapping[str, str], key: str, usual: int) -> int:
    text = query.get(key, "")
    return int(text) if text.isdigit() else usual


def matches(call: Call, query: Mapping[str, str]) -> bool:
    """Whether a call passes `To`, `From`, `Status` and the limits on start and end time."""
    request = call.request
    plain = {"To": request.to, "From": request.from_, "Status": call.status.value}
    if any(query.get(key, value) != value for key, value in plain.items()):
        return False
    if query.get("ParentCallSid"):
        return False
    return _within(call.started_at or call.created_at, query, "StartTime") and _within(
        call.ended_at, query, "EndTime"
    )


def _within(moment: datetime | None, query: Mapping[str, str], key: str) -> bool:
    """A limit is a day (`YYYY-MM-DD`, whole days in UTC) or a moment (ISO 8601)."""
    for suffix in ("", "<", ">"):
        text = query.get(key + suffix)
        if not text:
            continue
        if moment is None:
            return False
        begin, end = _interval(text)
        before, after = moment < begin, moment >= end
        if {"": before or after, "<": after, ">": before}[suffix]:
            return False
    return True


def _interval(text: str) -> tuple[datetime, datetime]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(20001, f"{text} is not a date") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    length = _DAY if len(text) == 10 else timedelta(microseconds=1)
    return moment, moment + length
