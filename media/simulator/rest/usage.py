"""`Usage/Records` and its subresources: what the account was billed, by period and category."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from media.simulator.records.bill import Bill, Billed, Sum
from media.simulator.rest.paging import Row
from media.simulator.rest.periods import KINDS, Period, periods
from media.simulator.rest.resource import API

_EVERYTHING = tuple(Billed)


@dataclass(frozen=True, slots=True)
class _Category:
    """How a category is told, and what is summed in it."""

    description: str
    unit: str
    count_unit: str
    parts: tuple[Billed, ...]


CATEGORIES = {
    "calls": _Category("Voice Minutes", "minutes", "calls", (Billed.OUTBOUND,)),
    "calls-outbound": _Category("Outbound Voice Minutes", "minutes", "calls", (Billed.OUTBOUND,)),
    "calls-media-stream-minutes": _Category(
        "Media Stream Minutes", "minutes", "calls", (Billed.STREAMS,)
    ),
    "answering-machine-detection": _Category(
        "Answering Machine Detection", "calls", "calls", (Billed.DETECTION,)
    ),
    "recordings": _Category("Recordings", "minutes", "recordings", (Billed.RECORDINGS,)),
    "calls-recordings": _Category("Call Recordings", "minutes", "recordings", (Billed.RECORDINGS,)),
    "totalprice": _Category("Total Price", "usd", "", _EVERYTHING),
}
"""`calls`, `recordings` and `totalprice` hold the others: a sum over all counts money twice."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for usage records."""

    account_sid: str
    kind: str
    query: Mapping[str, str]
    now: datetime


def records(bill: Bill, asked: Asked) -> list[Row]:
    """One record a period and category, the oldest first. Raises `ApiError` 20001."""
    today = asked.now.date()
    spans = periods(asked.kind, asked.query, today, bill.first_day() or today)
    wanted = asked.query.get("Category")
    names = [name for name in CATEGORIES if wanted in (None, "", name)]
    return [_row(name, span, bill, asked) for span in spans for name in reversed(names)]


def _row(name: str, span: Period, bill: Bill, asked: Asked) -> Row:
    category = CATEGORIES[name]
    parts = (bill.between(part, *span) for part in category.parts)
    return Row(f"{name}:{span[0]}", _record(name, span, sum(parts, Sum()), asked))


def _record(name: str, span: Period, found: Sum, asked: Asked) -> dict[str, object]:
    category = CATEGORIES[name]
    stem = f"{API}/Accounts/{asked.account_sid}/Usage/Records"
    keys = urlencode({"Category": name, "StartDate": span[0], "EndDate": span[1]})
    money = category.unit == "usd"
    here = f"/{asked.kind}" if asked.kind else ""
    return {
        "account_sid": asked.account_sid,
        "api_version": "2010-04-01",
        "as_of": asked.now.isoformat(timespec="seconds"),
        "category": name,
        "count": "" if money else str(found.count),
        "count_unit": category.count_unit,
        "description": category.description,
        "start_date": _text(span[0]),
        "end_date": _text(span[1]),
        "price": str(found.price or Decimal(0)),
        "price_unit": "usd",
        "subresource_uris": {_snake(one): f"{stem}/{one}.json?Category={name}" for one in KINDS},
        "uri": f"{stem}{here}.json?{keys}",
        "usage": str(found.price if money else found.usage),
        "usage_unit": category.unit,
    }


def _text(day: date) -> str:
    return day.isoformat()


def _snake(kind: str) -> str:
    """`AllTime` -> `all_time`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
