"""Limits on moments in the query of a list: `StartTime`, `StartTime<`, `StartTime>`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from media.simulator.errors import ApiError

_DAY = timedelta(days=1)


def within(moment: datetime | None, query: Mapping[str, str], key: str) -> bool:
    """A limit is a day (`YYYY-MM-DD`, whole days in UTC) or a moment (ISO 8601).

    What has not happened yet passes no limit. Raises `ApiError` 20001 for what is no date.
    """
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
