"""The filters of `GET Calls.json`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from media.simulator.errors import ApiError
from media.simulator.records.call import Call

_DAY = timedelta(days=1)


def matches(call: Call, query: Mapping[str, str]) -> bool:
    """Whether a call passes `To`, `From`, `Status` and the limits on start and end time."""
    request = call.request
    plain = {"To": request.to, "From": request.from_, "Status": call.status.value}
    if query.get("ParentCallSid", call.parent_sid) != call.parent_sid:
        return False
    if any(query.get(key, value) != value for key, value in plain.items()):
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
