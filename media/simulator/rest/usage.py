"""`GET Usage/Records/Daily.json`: what the account was billed, by day (UTC) and category.

Machine detection is not played, so it is never billed. A stream bills its call's minutes.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from media.simulator.account import Account
from media.simulator.errors import ApiError
from media.simulator.records.call import Call
from media.simulator.rest.resource import API

CATEGORIES = {
    "calls-outbound": ("Outbound Voice Minutes", "minutes"),
    "calls-media-stream-minutes": ("Media Stream Minutes", "minutes"),
    "answering-machine-detection": ("Answering Machine Detection", "calls"),
}


def daily(
    calls: Iterable[Call], account: Account, query: Mapping[str, str], path: str, now: datetime
) -> dict[str, object]:
    """The page of records: one a category and day. Raises `ApiError` 20001 for a wrong date."""
    first = _day(query, "StartDate", now.date())
    last = _day(query, "EndDate", now.date())
    wanted = query.get("Category")
    names = [name for name in CATEGORIES if wanted in (None, "", name)]
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    billed = [call for call in calls if call.price is not None]
    records = [_record(name, day, billed, account, now) for day in reversed(days) for name in names]
    uri = f"{path}?{urlencode(query)}"
    return {
        "usage_records": records,
        "first_page_uri": uri,
        "next_page_uri": None,
        "previous_page_uri": None,
        "uri": uri,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": max(0, len(records) - 1),
    }


def _day(query: Mapping[str, str], key: str, usual: date) -> date:
    try:
        return date.fromisoformat(query[key]) if query.get(key) else usual
    except ValueError:
        raise ApiError(20001, f"{key} is not a date") from None


def _record(
    category: str, day: date, billed: Iterable[Call], account: Account, now: datetime
) -> dict[str, object]:
    of_day = [one for one in billed if one.ended_at and one.ended_at.astimezone(UTC).date() == day]
    shown, price = _billed(category, of_day, account)
    description, unit = CATEGORIES[category]
    stem = f"{API}/Accounts/{account.sid}/Usage/Records"
    keys = urlencode({"Category": category, "StartDate": day, "EndDate": day})
    minutes = sum(call.billed_minutes for call in shown)
    return {
        "account_sid": account.sid,
        "api_version": "2010-04-01",
        "as_of": now.isoformat(timespec="seconds"),
        "category": category,
        "count": str(len(shown)),
        "count_unit": "calls",
        "description": description,
        "start_date": day.isoformat(),
        "end_date": day.isoformat(),
        "price": str(price),
        "price_unit": "usd",
        "subresource_uris": {"daily": f"{stem}/Daily.json?Category={category}"},
        "uri": f"{stem}/Daily.json?{keys}",
        "usage": str(minutes if unit == "minutes" else len(shown)),
        "usage_unit": unit,
    }


def _billed(category: str, calls: list[Call], account: Account) -> tuple[list[Call], Decimal]:
    """The calls that a category bills, and their price (positive, as usage records are)."""
    if category == "calls-outbound":
        return calls, -sum((call.price for call in calls if call.price), Decimal(0))
    if category == "calls-media-stream-minutes":
        streamed = [call for call in calls if call.streamed]
        return streamed, sum(call.billed_minutes for call in streamed) * account.stream_per_minute
    return [], Decimal(0)
