"""Checks the form of `POST Calls.json`, in the carrier's order and with its codes."""

import re

from media.simulator.account import Account
from media.simulator.calls import detection_form, recording_form
from media.simulator.calls.form import Form, Warnings, callback, first, is_web_address, seconds
from media.simulator.calls.form import method as method_of
from media.simulator.errors import ApiError
from media.simulator.records.request import CallRequest, Event

TWIML_LIMIT = 4000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NANP = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_OTHER_WAYS = ("sip:", "client:")
_DIGITS = re.compile(r"[0-9A-D#*wW]{1,32}")
_EVENTS = {event.value for event in Event}
_KNOWN = {
    "To",
    "From",
    "CallerId",
    "CallReason",
    "Url",
    "Method",
    "Twiml",
    "ApplicationSid",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "Timeout",
    "TimeLimit",
    "SendDigits",
    *detection_form.KEYS,
    *recording_form.KEYS,
}


def check(form: Form, account: Account) -> tuple[CallRequest, Warnings]:
    """The request and what the debugger has to say of it. Raises `ApiError`."""
    to, caller = _numbers(form, account)
    url, twiml = first(form, "Url"), first(form, "Twiml")
    warnings: Warnings = [
        (20001, f"parameter {key} is not supported and was ignored")
        for key in sorted(form.keys() - _KNOWN)
    ]
    if first(form, "ApplicationSid"):
        raise ApiError(21218, "ApplicationSid is not an application of this account.")
    if url is None and twiml is None:
        raise ApiError(21205, "Url parameter is required.")
    check_source(url, twiml)
    if url and twiml:
        warnings.append((32019, "Url and Twiml were given; Twiml is ignored"))
    request = CallRequest(
        to=to,
        from_=caller,
        url=url,
        method=method_of(form, "Method"),
        twiml=None if url else twiml,
        fallback_url=first(form, "FallbackUrl"),
        fallback_method=method_of(form, "FallbackMethod"),
        status_callback=callback(form, "StatusCallback", warnings),
        status_callback_method=method_of(form, "StatusCallbackMethod"),
        events=_events(form, warnings),
        timeout_s=seconds(form, "Timeout", 60, 600),
        time_limit_s=seconds(form, "TimeLimit", 14_400, 86_400),
        send_digits=_digits(form),
        machine_detection=detection_form.machine_detection(form, warnings),
        record=recording_form.record_request(form, warnings),
        call_reason=first(form, "CallReason") or "",
    )
    return request, warnings


def check_source(url: str | None, twiml: str | None) -> None:
    """The document's address or text. Raises `ApiError` 21205, 32018."""
    if url is not None and not is_web_address(url):
        raise ApiError(21205, f"Url is not a valid URL: {url}")
    if twiml is not None and len(twiml) > TWIML_LIMIT:
        raise ApiError(32018, f"Twiml is longer than {TWIML_LIMIT} characters.")


def _numbers(form: Form, account: Account) -> tuple[str, str]:
    to, caller = first(form, "To"), first(form, "From")
    if to is None:
        raise ApiError(21201, "No 'To' number is specified")
    if caller is None:
        raise ApiError(21213, "No 'From' number is specified")
    shown = first(form, "CallerId") or caller
    check_caller(shown, account)
    check_destination(to, shown, account)
    return to, shown


def check_caller(caller: str, account: Account) -> None:
    """Whether the account may show this number. Raises `ApiError` 21212, 21210."""
    if not _E164.fullmatch(caller):
        raise ApiError(21212, f"The source phone number provided, {caller}, is not valid.")
    if caller not in account.numbers | account.verified:
        raise ApiError(21210, f"The source phone number {caller} is not yours and not verified.")


def check_destination(to: str, caller: str, account: Account) -> None:
    """Whether the account may call this number. Raises `ApiError`."""
    if to.startswith(_OTHER_WAYS):
        raise ApiError(21211, f"The carrier twin calls telephone numbers only, not {to}.")
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
    if account.trial and to not in account.verified:
        raise ApiError(21219, f"A trial account calls verified numbers only; {to} is not.")


def _digits(form: Form) -> str:
    digits = first(form, "SendDigits")
    if digits is None:
        return ""
    if not _DIGITS.fullmatch(digits):
        raise ApiError(21206, "SendDigits may hold up to 32 of 0-9, A-D, #, *, w and W.")
    return digits


def _events(form: Form, warnings: Warnings) -> frozenset[Event]:
    """Repeated keys only: several events in one value cost all callbacks (21626)."""
    values = [value for value in form.get("StatusCallbackEvent", ()) if value]
    if not values:
        return frozenset({Event.COMPLETED})
    if any(value not in _EVENTS for value in values):
        warnings.append((21626, f"StatusCallbackEvent is not valid: {' '.join(values)}"))
        return frozenset()
    return frozenset(Event(value) for value in values)
