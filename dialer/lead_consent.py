"""Consent as a file of leads tells it: for one row, or once for all rows. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from dialer.errors import InputError

FORMS = ("written", "express")
PURPOSE = "real estate"
AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", re.DOTALL)
DATES = "a date such as 2026-03-31, 2026-03-31T14:05:00-05:00 or 03/31/2026"


class ConsentInvalid(ValueError):
    """The consent proves nothing: the column at fault and the reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


class BulkConsent(NamedTuple):
    """What people agreed to: the words, through what, when (aware), in which form, what for."""

    wording: str
    channel: str
    captured_at: datetime
    form: str = "written"
    purpose: str = PURPOSE

    def record(self) -> dict[str, str]:
        """As JSON, the time in ISO 8601 with its offset."""
        return self._asdict() | {"captured_at": self.captured_at.isoformat()}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "BulkConsent":
        """From the JSON that `record` makes."""
        return cls(**{**record, "captured_at": datetime.fromisoformat(record["captured_at"])})


def of_fields(fields: Mapping[str, str], now: datetime) -> BulkConsent | None:
    """The consent of a row; None where it has neither wording, date nor channel.

    Raises `ConsentInvalid` when one of the three is missing (16 CFR 310.5(a)(8) asks for all),
    for an unknown form, and for a date that is unreadable or after `now`.
    """
    wording, when = fields.get("consent_wording", ""), fields.get("consent_date", "")
    channel = fields.get("consent_channel", "")
    if not (wording or when or channel):
        return None
    for column, text in (("wording", wording), ("date", when), ("channel", channel)):
        if not text:
            raise ConsentInvalid(f"consent_{column}", "is empty, but the row tells of a consent")
    form = (fields.get("consent_form") or FORMS[0]).lower()
    if form not in FORMS:
        raise ConsentInvalid("consent_form", f"{form!r} is neither written nor express")
    captured_at = moment(when)
    if captured_at is None:
        raise ConsentInvalid("consent_date", f"{when!r} is not {DATES}")
    if captured_at > now:
        raise ConsentInvalid("consent_date", f"{when!r} is in the future")
    purpose = fields.get("consent_purpose") or PURPOSE
    return BulkConsent(wording, channel, captured_at, form, purpose)


def for_file(
    wording: str, channel: str, date: str, form: str, purpose: str, now: datetime
) -> BulkConsent | None:
    """One consent for all rows of a file, from the words of a person; None where all are empty.

    Raises `InputError` naming what is missing or wrong.
    """
    told = {"wording": wording, "channel": channel, "date": date, "form": form, "purpose": purpose}
    fields = {f"consent_{name}": text.strip() for name, text in told.items() if text.strip()}
    try:
        return of_fields(fields, now)
    except ConsentInvalid as fault:
        raise InputError(
            f"{fault.column.replace('_', ' ')} {fault.reason}",
            "A consent needs its wording, its channel and its date",
        ) from None


@lru_cache(maxsize=1 << 12)
def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time, or an American date, as an instant; None when it is neither.

    A time without an offset is taken as UTC, a date as its first moment in UTC.
    """
    american = AMERICAN.fullmatch(text)
    if american:
        month, day, year, rest = american.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{rest}"
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
