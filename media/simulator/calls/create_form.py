"""Checks the form of `POST Calls.json`, in the carrier's order and with its codes."""

import re
from collections.abc import Mapping, Sequence

from media.simulator.account import Account
from media.simulator.errors import ApiError
from media.simulator.records.request import CallRequest, Event

TWIML_LIMIT = 4000
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_KNOWN = {
    "To",
    "From",
    "Url",
    "Method",
    "Twiml",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "Timeout",
    "TimeLimit",
}
_EVENTS = {event.value for event in Event}
Form = Mapping[str, Sequence[str]]
"""Every value of every key."""
Warnings = list[tuple[int, str]]


def first(form: Form, key: str) -> str | None:
    """The first value of a key; None when absent or empty."""
    values = form.get(key)
    return values[0] if values and values[0] else None


def check(form: Form, account: Account) -> tuple[CallRequest, Warnings]:
    """The request and what the debugger has to say of it. Raises `ApiError`."""
    to, caller = _numbers(form, account)
    url, twiml = first(form, "Url"), first(form, "Twiml")
    warnings: Warnings = [
        (20001, f"parameter {key} is not supported and was ignored")
        for key in sorted(form.keys() - _KNOWN)
    ]
    if url is None and twiml is None:
        raise ApiError(21205, "Url parameter is required.")
    check_source(url, twiml)
    if url and twiml:
        warnings.append((32019, "Url and Twiml were given; Twiml is ignored"))
    request = CallRequest(
        to=to,
        from_=caller,
        url=url,
        method=_method(form, "Method"),
        twiml=None if url else twiml,
        fallback_url=first(form, "FallbackUrl"),
        fallback_method=_method(form, "FallbackMethod"),
        status_callback=_callback(form, warnings),
        status_callback_method=_method(form, "StatusCallbackMethod"),
        events=_events(form, warnings),
        timeout_s=_seconds(form, "Timeout", 60, 600),
        time_limit_s=_seconds(form, "TimeLimit", 14_400, 86_400),
    )
    return request, warnings


def check_source(url: str | None, twiml: str | None) -> None:
    """The document's address or text. Raises `ApiError` 21205, 32018."""
    if url is not None and not is_web_address(url):
        raise ApiError(21205, f"Url is not a valid URL: {url}")
    if twiml is not None and len(twiml) > TWIML_LIMIT:
        raise ApiError(32018, f"Twiml is longer than {TWIML_LIMIT} characters.")


def is_web_address(url: str) -> bool:
    """An absolute http(s) URL whose host has no underscore."""
    match = re.match(r"https?://([^/?#]+)", url)
    return match is not None and "_" not in match[1]


def _numbers(form: Form, account: Account) -> tuple[str, str]:
    to, caller = first(form, "To"), first(form, "From")
    if to is None:
        raise ApiError(21201, "No 'To' number is specified")
    if caller is None:
        raise ApiError(21213, "No 'From' number is specified")
    if not _E164.fullmatch(caller):
        raise ApiError(21212, f"The source phone number provided, {caller}, is not valid.")
    if caller not in account.numbers:
        raise ApiError(21210, f"The source phone number {caller} is not yours and not verified.")
    if not _E164.fullmatch(to) or to == caller:
        raise ApiError(21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if to.startswith("+1") and not _NANP.fullmatch(to):
        raise ApiError(21217, f"Phone number {to} does not appear to be valid.")
    if not to.startswith(account.countries):
        raise ApiError(21215, f"The account is not permitted to call {to}.")
    if to in account.blocked:
        raise ApiError(21216, f"Calls to {to} are blocked.")
    if to in account.unreachable:
        raise ApiError(21214, f"The number {to} cannot be reached.")
    return to, caller


def _method(form: Form, key: str) -> str:
    method = (first(form, key) or "POST").upper()
    if method not in {"GET", "POST"}:
        raise ApiError(21209, f"{key} must be GET or POST.")
    return method


def _seconds(form: Form, key: str, usual: int, most: int) -> int:
    text = first(form, key)
    if text is None:
        return usual
    if not text.isdigit() or int(text) < 1:
        raise ApiError(21208, f"{key} must be a positive number of seconds.")
    return min(int(text), most)


def _callback(form: Form, warnings: Warnings) -> str | None:
    url = first(form, "StatusCallback")
    if url is not None and not is_web_address(url):
        warnings.append((21609, f"StatusCallback is not a valid URL: {url}"))
        return None
    return url


def _events(form: Form, warnings: Warnings) -> frozenset[Event]:
    """Repeated keys only: several events in one value cost all callbacks (21626)."""
    values = [value for value in form.get("StatusCallbackEvent", ()) if value]
    if not values:
        return frozenset({Event.COMPLETED})
    if any(value not in _EVENTS for value in values):
        warnings.append((21626, f"StatusCallbackEvent is not valid: {' '.join(values)}"))
        return frozenset()
    return frozenset(Event(value) for value in values)
