"""What every answer of the carrier's REST keeps to, with or without its OpenAPI document."""

import json
import re
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
ERROR_KEYS = {"code", "message", "more_info", "status"}
PAGE_KEYS = {
    "first_page_uri",
    "next_page_uri",
    "previous_page_uri",
    "uri",
    "page",
    "page_size",
    "start",
    "end",
}


def assert_keeps_the_rules(path: str, status: int, body: bytes) -> None:
    """Error bodies, pages with one list, full SIDs, RFC 2822 dates, money in strings."""
    if status == 204 or not path.endswith(".json"):
        return
    content = json.loads(body)
    if status >= 400:
        assert content.keys() == ERROR_KEYS, content
        assert content["status"] == status, content
        assert content["more_info"].endswith(f"/{content['code']}"), content
        return
    if "page_size" in content:
        [key] = content.keys() - PAGE_KEYS  # the official client demands exactly one
        assert isinstance(content[key], list), content
        for one in content[key]:
            _assert_resource(one)
    else:
        _assert_resource(content)


def _assert_resource(content: dict[str, Any]) -> None:
    for key, value in content.items():
        if key.endswith("sid") and value is not None:
            assert SID.fullmatch(value), f"{key}: {value}"
        if key.startswith("date_") or key in {"start_time", "end_time", "message_date"}:
            assert value is None or is_rfc2822(value), f"{key}: {value}"
        if key in {"price", "duration", "queue_time", "error_code", "usage", "count"}:
            assert value is None or isinstance(value, (str, int)), f"{key}: {value!r}"


def is_rfc2822(value: object) -> bool:
    """`Tue, 31 Aug 2010 20:36:28 +0000`: with the weekday, in UTC."""
    pattern = r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000"
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        return False
    return parsedate_to_datetime(value).strftime("%a") == value[:3]


def _is_date(value: object) -> bool:
    return isinstance(value, str) and str(date.fromisoformat(value)) == value


def _is_address(value: object) -> bool:
    return isinstance(value, str) and bool(urlsplit(value).path or urlsplit(value).netloc)


def _is_map(value: object) -> bool:
    return isinstance(value, dict) and all(_is_address(one) for one in value.values())


def _matches(pattern: str) -> Any:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


FORMATS = {
    "date-time-rfc-2822": is_rfc2822,
    "date": _is_date,
    "uri": _is_address,
    "uri-map": _is_map,
    "currency": _matches("[A-Za-z]{3}"),
    "http-method": _matches("GET|POST"),
    "phone-number": _matches(r"\+[1-9]\d{6,14}"),
}
"""The document's own formats, which openapi-core does not know."""
