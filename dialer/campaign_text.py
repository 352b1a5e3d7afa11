"""A campaign's state in words: what it does, why, and until when."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.rules.campaign_state import PauseReason, State

PAUSED: dict[str, str] = {
    PauseReason.USER: "paused by a person",
    PauseReason.WINDOW: "paused: outside the calling hours of all its leads",
    PauseReason.BUDGET: "paused: the day's budget is used up",
    PauseReason.BREAKER: "paused: too many calls failed",
}
COMPLETED = {
    "": "completed: no lead is left to call",
    "drained": "completed: drained",
    "schedule over": "completed: its schedule is over",
}


def in_words(state: str, reason: str, resume_at: datetime | None, timezone: str) -> str:
    """Such as `paused: the day's budget is used up, goes on Wed 2026-11-25 10:00 EST`."""
    code, _, told = reason.partition(": ")
    match State(state):
        case State.PAUSED if code == PauseReason.ERROR:
            words = f"paused: {told or 'an error'}"
        case State.PAUSED:
            words = PAUSED.get(code, f"paused: {code}" if code else state)
        case State.COMPLETED:
            words = COMPLETED.get(reason, state)
        case State.SCHEDULED:
            words = "scheduled: waits for its next opening"
        case State.DRAINING:
            words = "draining: live calls end, no new ones"
        case _:
            words = state
    if resume_at is None:
        return words
    local = resume_at.astimezone(ZoneInfo(timezone))
    return f"{words}, goes on {local:%a %Y-%m-%d %H:%M %Z}"
