"""The port of the carrier: place a call, look at it, end it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from dialer.phone import E164


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Everything the carrier is told about one call. URLs carry the attempt in their path."""

    to: E164
    caller_id: E164
    twiml: str
    status_url: str
    ring_timeout_seconds: int
    time_limit_seconds: int
    machine_detection: bool = False
    amd_url: str = ""
    """Where the verdict of the machine detection goes, while the call runs on."""


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """A call as the carrier reports it; `status` is the carrier's word.

    `price_micros` is positive and of the connection alone; None until the carrier has priced it.
    """

    sid: str
    status: str
    to: str
    created_at: datetime | None
    duration_seconds: int | None
    price_micros: int | None = None


class UsageCategory(StrEnum):
    """What the carrier bills our calls by; none of them is part of another."""

    CONNECTION = "calls-outbound"
    STREAM = "calls-media-stream-minutes"
    DETECTION = "answering-machine-detection"


class CarrierError(Exception):
    """A request to the carrier failed."""


class NotSent(CarrierError):
    """The carrier did not process the request (429, or no connection): no phone rings."""


class Rejected(CarrierError):
    """The carrier refused the request for good. `code` is its error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class ResultUnknown(CarrierError):
    """No answer, or a server error: the phone may ring or not. Never repeat, reconcile."""


class Carrier(Protocol):
    """What the dialer asks of a carrier. Every method may raise `CarrierError`."""

    def place(self, request: CallRequest) -> CarrierCall:
        """Create the call. Raises `NotSent`, `Rejected` or `ResultUnknown`."""

    def fetch(self, sid: str) -> CarrierCall:
        """The call as it stands."""

    def find(self, to: E164, since: datetime) -> list[CarrierCall]:
        """Calls to a number created at or after `since`, newest first."""

    def hang_up(self, sid: str) -> None:
        """End the call; a call that has ended already is no error."""

    def usage(self, day: date) -> dict[str, int]:
        """What the account was billed on a day (UTC), in micro-dollars by `UsageCategory`."""
