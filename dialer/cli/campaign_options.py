"""The options by which a campaign is described, the same for a new and an edited one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from dialer.errors import InputError

SCRIPT = ("brand", "assistant_name", "purpose", "voicemail_text")
RETRY_FIELDS = {
    "after": "after_minutes",
    "jitter": "jitter_minutes",
    "max": "max",
    "other-daypart": "other_daypart",
}

Window = Annotated[str | None, typer.Option(help="Local calling hours: 10:00-17:00.")]
Budget = Annotated[str | None, typer.Option(help="USD a day: 25.00.")]
Brand = Annotated[str | None, typer.Option(help="On whose behalf the voice calls.")]
Days = Annotated[str | None, typer.Option(help="mon-fri or mon,wed,sat.")]
Zone = Annotated[str | None, typer.Option(help="IANA zone of budget day, dates and cron.")]
Assistant = Annotated[str | None, typer.Option(help="The assistant's name.")]
Purpose = Annotated[str | None, typer.Option(help="What the call is about.")]
Voicemail = Annotated[str | None, typer.Option(help="What machines are told.")]
MaxAttempts = Annotated[int | None, typer.Option(help="Attempts per lead.")]
MaxConcurrent = Annotated[int | None, typer.Option(help="Lines at once; 0: as all together.")]
Weight = Annotated[int | None, typer.Option(help="1 to 100, its share against other campaigns.")]
Priority = Annotated[int | None, typer.Option(help="Higher goes first.")]
StartsOn = Annotated[str | None, typer.Option(help="First local day: 2026-11-30.")]
EndsOn = Annotated[str | None, typer.Option(help="Last local day: 2026-12-18.")]
Cron = Annotated[str | None, typer.Option(help="Starts of its runs: '0 10 * * mon-fri'.")]
RunMinutes = Annotated[int | None, typer.Option(help="How long a run lasts.")]
SkipHolidays = Annotated[
    bool | None, typer.Option("--skip-holidays/--holidays", help="Runs on federal holidays.")
]
CallClass = Annotated[str | None, typer.Option(help="automated or live.")]
LiveReason = Annotated[str | None, typer.Option(help="Why the class may be live.")]
DncScrub = Annotated[str | None, typer.Option(help="auto or required.")]
Amd = Annotated[str | None, typer.Option(help="Carrier's answering machine detection: off, async.")]
Retry = Annotated[
    list[str] | None,
    typer.Option(help="no_answer:after=240,jitter=30,max=3,other-daypart=yes or busy:default."),
]


def words(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options that were given, as a `CampaignSpec` names them; an empty text empties a field.

    Raises `InputError` for an amount or a retry policy that is not understood.
    """
    said = {name: value for name, value in given.items() if value is not None}
    script = {name: said.pop(name) for name in SCRIPT if name in said}
    if script:
        said["script"] = script
    if "daily_budget" in said:
        said["daily_budget"] = _dollars(said["daily_budget"])
    if said.get("max_concurrent") == 0:
        said["max_concurrent"] = None
    if "retry" in said:
        said["retry"] = dict(_retry(text) for text in _listed(said["retry"]))
    return said


def _listed(texts: Sequence[str]) -> Sequence[str]:
    return [text for text in texts if text]


def _retry(text: str) -> tuple[str, dict[str, Any] | None]:
    name, _, fields = text.partition(":")
    if fields == "default":
        return name, None
    found: dict[str, Any] = {}
    for field in fields.split(","):
        key, equals, value = field.partition("=")
        if key not in RETRY_FIELDS or not equals:
            raise InputError(
                f"retry {text!r}: {field!r} is not understood",
                f"Write no_answer:after=240,max=3; the fields are {', '.join(RETRY_FIELDS)}",
            )
        found[RETRY_FIELDS[key]] = value
    return name, found


def _dollars(text: str) -> Decimal:
    try:
        return Decimal(text.removeprefix("$"))
    except InvalidOperation:
        raise InputError(
            f"budget {text!r} is no amount", "Write USD a day, such as 25.00"
        ) from None
