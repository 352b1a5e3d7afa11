"""What the API and the command line show of budgets, ledger lines, alerts and usage."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, Field

from dialer.api.v1_views import View
from dialer.budgets import Standing
from dialer.models import Alert, LedgerEntry, UsageCheck
from dialer.report import Usd
from dialer.rules.budget import usd


class BudgetView(View):
    """One scope's budget on one of its own days."""

    scope: str = Field(examples=["global", "campaign:1"])
    name: str = Field(examples=["all campaigns"])
    day: date
    timezone: str = Field(examples=["America/New_York"])
    limit_usd: Usd
    spent_usd: Usd
    reserved_usd: Usd
    overrun_usd: Usd = Field(description="billed by the carrier beyond the limit; blocks new calls")
    percent: Usd = Field(description="of the limit, bound: spent, overrun and reserved")

    @classmethod
    def of(cls, one: Standing) -> Self:
        """From the use case's value."""
        return cls(
            scope=one.scope,
            name=one.name,
            day=one.day,
            timezone=one.zone,
            limit_usd=usd(one.limit_micros),
            spent_usd=usd(one.spent_micros),
            reserved_usd=usd(one.reserved_micros),
            overrun_usd=usd(one.overrun_micros),
            percent=one.percent,
        )


class LedgerView(View):
    """One movement of money."""

    attempt_id: str
    scope: str
    day: date
    kind: str = Field(examples=["reserve", "settle", "release", "true_up"])
    amount_usd: Usd = Field(description="negative only for a true-up")
    at: AwareDatetime

    @classmethod
    def of(cls, one: LedgerEntry) -> Self:
        """From the row."""
        return cls(
            attempt_id=str(one.attempt_id),
            scope=one.scope,
            day=one.day,
            kind=one.kind,
            amount_usd=usd(one.amount_micros),
            at=one.at,
        )


class AlertView(View):
    """Something that the operator should know."""

    id: int
    kind: str = Field(examples=["budget"])
    severity: str = Field(examples=["warning"])
    message: str
    campaign_id: int | None
    at: AwareDatetime
    told_at: AwareDatetime | None = Field(description="when it was mailed")

    @classmethod
    def of(cls, one: Alert) -> Self:
        """From the row."""
        names = ("id", "kind", "severity", "message", "campaign_id", "at", "told_at")
        return cls(**{name: getattr(one, name) for name in names})


class UsageView(View):
    """A day (UTC) of the ledger beside the carrier's usage records, in USD by category."""

    day: date
    ledger_usd: Usd
    carrier_usd: Usd
    difference_usd: Usd = Field(description="carrier less ledger")
    ledger: dict[str, Usd]
    carrier: dict[str, Usd]
    checked_at: AwareDatetime

    @classmethod
    def of(cls, one: UsageCheck) -> Self:
        """From the row."""
        return cls(
            day=one.day,
            ledger_usd=usd(one.ledger_micros),
            carrier_usd=usd(one.carrier_micros),
            difference_usd=usd(one.carrier_micros - one.ledger_micros),
            ledger={name: usd(amount) for name, amount in one.detail["ledger"].items()},
            carrier={name: usd(amount) for name, amount in one.detail["carrier"].items()},
            checked_at=one.checked_at,
        )
