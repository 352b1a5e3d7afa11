"""Twilio behind the carrier's port, through the official client.

There is no idempotency key on call creation, so the client's own retries stay off: only a 429
(not processed, by Twilio's documentation) and a connection that never opened are tried again.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import backoff
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from dialer.carrier.port import (
    CallRequest,
    CarrierCall,
    CarrierError,
    NotSent,
    Rejected,
    ResultUnknown,
    UsageCategory,
)
from dialer.phone import E164
from dialer.rules.budget import MICROS_PER_USD

EVENTS = ["initiated", "ringing", "answered", "completed"]
TIMEOUT_SECONDS = 10.0
ALREADY_ENDED = {20404, 21220}
FIND_LIMIT = 20

T = TypeVar("T")


class _Origin(TwilioHttpClient):  # type: ignore[misc]  # the package is untyped
    """The official HTTP client, sent to another origin when the carrier has one."""

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, urlunsplit(parts), *args, **kwargs)


class TwilioCarrier:
    """The production carrier; `client` is the official one underneath."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_base: str,
        *,
        tries: int = 4,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.client = Client(
            account_sid, auth_token, http_client=_Origin(api_base, timeout_seconds)
        )
        self._tries = tries

    def place(self, request: CallRequest) -> CarrierCall:
        """See `Carrier.place`."""

        def create() -> CallInstance:
            return self.client.calls.create(
                to=request.to,
                from_=request.caller_id,
                twiml=request.twiml,
                status_callback=request.status_url,
                status_callback_event=EVENTS,
                status_callback_method="POST",
                timeout=request.ring_timeout_seconds,
                time_limit=request.time_limit_seconds,
                **_detection(request),
            )

        return _seen(self._again(create))

    def fetch(self, sid: str) -> CarrierCall:
        """See `Carrier.fetch`."""
        return _seen(_translated(lambda: self.client.calls(sid).fetch()))

    def find(self, to: E164, since: datetime) -> list[CarrierCall]:
        """See `Carrier.find`."""
        # By number alone: a call in the carrier's queue has no start time to filter by.
        calls = _translated(lambda: self.client.calls.list(to=to, limit=FIND_LIMIT))
        seen = [_seen(call) for call in calls]
        return [call for call in seen if call.created_at is None or call.created_at >= since]

    def hang_up(self, sid: str) -> None:
        """See `Carrier.hang_up`."""
        try:
            _translated(lambda: self.client.calls(sid).update(status="completed"))
        except Rejected as refusal:
            if refusal.code not in ALREADY_ENDED:
                raise

    def usage(self, day: date) -> dict[str, int]:
        """See `Carrier.usage`."""
        return {category.value: self._billed(category, day) for category in UsageCategory}

    def _billed(self, category: UsageCategory, day: date) -> int:
        """One category alone: the list of all holds parents beside their children."""
        records = self._again(
            lambda: self.client.usage.records.daily.list(
                category=category.value, start_date=day, end_date=day
            )
        )
        return sum(_micros(one.price) for one in records if one.price is not None)

    def _again(self, call: Callable[[], T]) -> T:
        """Try again with full jitter, only while the carrier has surely not processed it."""
        retrying = backoff.on_exception(
            backoff.expo, NotSent, max_tries=self._tries, max_value=8, jitter=backoff.full_jitter
        )
        result: T = retrying(lambda: _translated(call))()
        return result


def _translated(call: Callable[[], T]) -> T:
    """Run a client call and say its failure in the port's terms."""
    try:
        return call()
    except TwilioRestException as error:
        if error.status == requests.codes.too_many_requests:
            raise NotSent(str(error.msg)) from error
        if error.status >= requests.codes.internal_server_error:
            raise ResultUnknown(str(error.msg)) from error
        raise Rejected(error.code or error.status, str(error.msg)) from error
    except requests.exceptions.ConnectionError as error:
        if _never_opened(error):
            raise NotSent("the carrier cannot be reached") from error
        raise ResultUnknown("the connection to the carrier broke") from error
    except requests.exceptions.RequestException as error:
        raise ResultUnknown(f"no answer of the carrier: {type(error).__name__}") from error
    except TwilioException as error:
        if _page_status(error) == requests.codes.too_many_requests:
            raise NotSent(str(error)) from error
        raise CarrierError(str(error)) from error


def _page_status(error: TwilioException) -> int:
    """The HTTP status of a list that was refused: the client tells it apart from other errors
    only by the answer that it puts beside the words. 0 when there is none."""
    answer = error.args[1] if len(error.args) > 1 else None
    return answer.status_code if isinstance(answer, Response) else 0


def _never_opened(error: requests.exceptions.ConnectionError) -> bool:
    """True when not a byte of the request left: the TCP connection itself was refused."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _detection(request: CallRequest) -> dict[str, str]:
    """Asynchronous machine detection: the callee hears the agent at once, the verdict follows."""
    if not request.machine_detection:
        return {}
    return {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": request.amd_url,
        "async_amd_status_callback_method": "POST",
    }


def _seen(call: CallInstance) -> CarrierCall:
    return CarrierCall(
        sid=str(call.sid),
        status=str(call.status),
        to=str(call.to),
        created_at=call.date_created,
        duration_seconds=int(call.duration) if call.duration else None,
        price_micros=_price(call),
    )


def _price(call: CallInstance) -> int | None:
    """The carrier writes what it takes as a negative string, and other currencies than ours."""
    if not call.price or str(call.price_unit).upper() != "USD":
        return None
    return _micros(call.price)


def _micros(price: object) -> int:
    """What the carrier took, whatever its sign, as a string or a (binary) number: to the nearest
    micro-dollar, where a rounding up would add one to every price that is no binary fraction."""
    return int((abs(Decimal(str(price))) * MICROS_PER_USD).to_integral_value())
