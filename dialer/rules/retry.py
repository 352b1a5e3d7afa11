"""What becomes of a lead after a call: done, suppressed, or tried again and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from dialer.call import Disposition
from dialer.rules.daypart import Hours, in_other_part


@dataclass(frozen=True, slots=True)
class Retry:
    """How a disposition is tried again: after `after` plus up to `jitter`.

    `most` bounds the attempts of one lead that end this way (None: only the lead's cap does);
    `other_daypart` moves the attempt into a part of the day that was tried least.
    """

    after: timedelta
    jitter: timedelta = timedelta()
    most: int | None = None
    other_daypart: bool = False


Policy = Mapping[Disposition, Retry]
"""Dispositions that are tried again. Any other ends the lead."""

DEFAULT: Policy = {
    Disposition.BUSY: Retry(timedelta(minutes=15), timedelta(minutes=5)),
    Disposition.NO_ANSWER: Retry(timedelta(hours=4), timedelta(minutes=30), other_daypart=True),
    Disposition.FAILED: Retry(timedelta(hours=4), timedelta(minutes=30), most=2),
    Disposition.CANCELED: Retry(timedelta(minutes=15), timedelta(minutes=5)),
    Disposition.INTERRUPTED: Retry(timedelta(minutes=30), timedelta(minutes=10)),
    Disposition.HUNG_UP: Retry(timedelta(hours=24), timedelta(hours=1), 2, other_daypart=True),
    Disposition.SILENT: Retry(timedelta(hours=24), timedelta(hours=1), 2, other_daypart=True),
    Disposition.VOICEMAIL_LEFT: Retry(timedelta(hours=48), timedelta(hours=1), 2, True),
    Disposition.VOICEMAIL_SKIPPED: Retry(timedelta(hours=24), timedelta(hours=1), None, True),
    Disposition.CALLBACK_REQUESTED: Retry(timedelta(hours=24)),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The lead's next state, and for `waiting` the hour of the next attempt.

    `callback`: the person asked for it, so it goes before other leads that are due.
    """

    state: str
    at: datetime | None = None
    reason: str = ""
    callback: bool = False


def policy(changes: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The default table with a campaign's own words (jsonb) laid over it.

    `{"no_answer": {"after_minutes": 240, "jitter_minutes": 30, "max": 3, "other_daypart": true}}`;
    a field that is not named keeps its default. Raises `ValueError` for a disposition that is
    never tried again.
    """
    found = dict(DEFAULT)
    for name, fields in changes.items():
        disposition = Disposition(name)
        if disposition not in DEFAULT:
            raise ValueError(f"{name!r} is final: nobody is called again after it")
        found[disposition] = _changed(DEFAULT[disposition], fields)
    return found


def next_step(
    disposition: Disposition,
    attempts_made: int,
    max_attempts: int,
    now: datetime,
    callback_at: datetime | None = None,
    *,
    policy: Policy = DEFAULT,
    same: int = 1,
    zone: str = "",
    tried: Sequence[datetime] = (),
    hours: Hours | None = None,
    draw: float = 0.0,
) -> NextStep:
    """Decide; the hour is a wish that still has to pass the calling window at the dial.

    `same` counts the lead's attempts that ended with this disposition, this one included;
    `tried` are the moments at which it was dialed (aware), `zone` (IANA) and `hours` say where
    and when it may ring; without them the part of the day is left alone. `draw` in [0, 1)
    chooses the jitter. No policy exceeds `max_attempts`; the law's caps per phone are the gate's.
    """
    if disposition is Disposition.DO_NOT_CALL:
        return NextStep("suppressed", reason="opted out")
    retry = policy.get(disposition)
    if retry is None:
        return NextStep("done", reason=disposition.value)
    if attempts_made >= max_attempts:
        return NextStep("done", reason="attempts used up")
    if retry.most is not None and same >= retry.most:
        return NextStep("done", reason=f"{disposition.value} {same} times")
    jitter = retry.jitter * min(max(draw, 0.0), 1.0)
    at = now + retry.after + jitter
    if disposition is Disposition.CALLBACK_REQUESTED:
        asked = callback_at if callback_at and callback_at > now else at
        return NextStep("waiting", asked, "callback", callback=True)
    if retry.other_daypart and zone and hours:
        at = in_other_part(now + retry.after, jitter, zone, hours, tried)
    return NextStep("waiting", at, f"retry after {disposition.value}")


def _changed(retry: Retry, fields: Mapping[str, Any]) -> Retry:
    if "after_minutes" in fields:
        retry = replace(retry, after=timedelta(minutes=fields["after_minutes"]))
    if "jitter_minutes" in fields:
        retry = replace(retry, jitter=timedelta(minutes=fields["jitter_minutes"]))
    if "max" in fields:
        retry = replace(retry, most=fields["max"])
    if "other_daypart" in fields:
        retry = replace(retry, other_daypart=fields["other_daypart"])
    return retry
