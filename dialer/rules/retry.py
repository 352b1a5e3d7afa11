"""What becomes of a lead after a call: done, suppressed, or tried again and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.call import Disposition

RETRY_AFTER: dict[Disposition, timedelta] = {
    Disposition.BUSY: timedelta(minutes=15),
    Disposition.NO_ANSWER: timedelta(hours=4),
    Disposition.FAILED: timedelta(hours=4),
    Disposition.CANCELED: timedelta(minutes=15),
    Disposition.INTERRUPTED: timedelta(minutes=30),
    Disposition.HUNG_UP: timedelta(hours=24),
    Disposition.SILENT: timedelta(hours=24),
    Disposition.VOICEMAIL_LEFT: timedelta(hours=48),
    Disposition.VOICEMAIL_SKIPPED: timedelta(hours=24),
}
DEFAULT_CALLBACK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The lead's next state, and for `waiting` the hour of the next attempt."""

    state: str
    at: datetime | None = None
    reason: str = ""


def next_step(
    disposition: Disposition,
    attempts_made: int,
    max_attempts: int,
    now: datetime,
    callback_at: datetime | None = None,
) -> NextStep:
    """Decide; the hour is a wish that still has to pass the calling window at the dial."""
    if disposition is Disposition.DO_NOT_CALL:
        return NextStep("suppressed", reason="opted out")
    if disposition is Disposition.CALLBACK_REQUESTED and attempts_made < max_attempts:
        wished = callback_at if callback_at and callback_at > now else now + DEFAULT_CALLBACK
        return NextStep("waiting", wished, "callback")
    after = RETRY_AFTER.get(disposition)
    if after is None:
        return NextStep("done", reason=disposition.value)
    if attempts_made >= max_attempts:
        return NextStep("done", reason="attempts used up")
    return NextStep("waiting", now + after, f"retry after {disposition.value}")
