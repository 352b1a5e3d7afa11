"""The life of a campaign: states, the verbs that move it, and which verb is allowed where."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"
    COMPLETED = "completed"
    ABORTED = "aborted"


class Verb(StrEnum):
    """What can be done to one. `schedule` waits for an opening; `reopen` is for new leads."""

    SCHEDULE = "schedule"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    DRAIN = "drain"
    COMPLETE = "complete"
    ABORT = "abort"
    REOPEN = "reopen"


class PauseReason(StrEnum):
    """Why nothing is dialed; the first word of `state_reason`."""

    USER = "user"
    WINDOW = "window"
    BUDGET = "budget"
    BREAKER = "breaker"
    ERROR = "error"


RESUMES_ITSELF = frozenset({PauseReason.WINDOW, PauseReason.BUDGET, PauseReason.BREAKER})
"""Pauses that end at `resume_at`; the others end when a person says so."""

FINAL = frozenset({State.COMPLETED, State.ABORTED})
"""Nothing moves these by itself; only `reopen` leaves a completed one."""

_ENDS = {Verb.COMPLETE: State.COMPLETED, Verb.ABORT: State.ABORTED}

MOVES: Mapping[State, Mapping[Verb, State]] = {
    State.DRAFT: {
        Verb.SCHEDULE: State.SCHEDULED,
        Verb.START: State.RUNNING,
        Verb.ABORT: State.ABORTED,
    },
    State.SCHEDULED: {
        Verb.SCHEDULE: State.SCHEDULED,
        Verb.START: State.RUNNING,
        Verb.PAUSE: State.PAUSED,
        Verb.DRAIN: State.DRAINING,
        **_ENDS,
    },
    State.RUNNING: {
        Verb.SCHEDULE: State.SCHEDULED,
        Verb.PAUSE: State.PAUSED,
        Verb.DRAIN: State.DRAINING,
        **_ENDS,
    },
    State.PAUSED: {
        Verb.SCHEDULE: State.SCHEDULED,
        Verb.PAUSE: State.PAUSED,
        Verb.RESUME: State.RUNNING,
        Verb.DRAIN: State.DRAINING,
        **_ENDS,
    },
    State.DRAINING: {
        Verb.SCHEDULE: State.SCHEDULED,
        Verb.PAUSE: State.PAUSED,
        Verb.RESUME: State.RUNNING,
        **_ENDS,
    },
    State.COMPLETED: {Verb.SCHEDULE: State.SCHEDULED, Verb.REOPEN: State.RUNNING},
    State.ABORTED: {},
}


def after(state: State, verb: Verb) -> State | None:
    """The state that a verb leads to; None when it is not allowed."""
    return MOVES[state].get(verb)


def to_run(state: State) -> Verb | None:
    """The verb that makes a campaign run from this state; None when none does."""
    verbs = (Verb.START, Verb.RESUME, Verb.REOPEN)
    return next((verb for verb in verbs if verb in MOVES[state]), None)
